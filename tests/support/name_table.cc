#include "tests/support/name_table.h"

#include <algorithm>

namespace vow::testing {

NameTable::NameTable(const NameTable& other) { *this = other; }

NameTable& NameTable::operator=(const NameTable& other) {
  if (this == &other) return *this;
  std::map<const FileImage*, std::shared_ptr<FileImage>> copies;
  const auto copy_of = [&](const std::shared_ptr<FileImage>& file) {
    if (file == nullptr) return file;
    auto& copy = copies[file.get()];
    if (copy == nullptr) copy = std::make_shared<FileImage>(*file);
    return copy;
  };
  visible_ = other.visible_;
  durable_ = other.durable_;
  changes_ = other.changes_;
  for (Names* names : {&visible_, &durable_})
    for (auto& [name, file] : *names) file = copy_of(file);
  for (Change& change : changes_) change.file = copy_of(change.file);
  return *this;
}

std::shared_ptr<FileImage> NameTable::find(const std::string& name) const {
  const auto found = visible_.find(name);
  return found == visible_.end() ? nullptr : found->second;
}

std::shared_ptr<FileImage> NameTable::create(const std::string& name) {
  auto file = std::make_shared<FileImage>();
  change({.gone = {}, .here = name, .file = file});
  return file;
}

void NameTable::rename(const std::string& from, const std::string& to) {
  change({.gone = from, .here = to, .file = find(from)});
}

void NameTable::remove(const std::string& name) { change({.gone = name, .here = {}, .file = nullptr}); }

void NameTable::sync() {
  const auto is_forsaken = [](const Change& c) { return c.standing == Standing::forsaken; };
  const bool all_durable = std::none_of(changes_.begin(), changes_.end(), is_forsaken);
  for (Change& change : changes_) {
    if (all_durable) apply(change, durable_);
    if (change.standing == Standing::pending) change.standing = Standing::durable;
  }
  if (all_durable) changes_.clear();
}

void NameTable::forsake() {
  for (Change& change : changes_)
    if (change.standing == Standing::pending) change.standing = Standing::forsaken;
}

void NameTable::lose_power(Random& random, double survival) {
  for (const Change& change : changes_)
    if (change.standing == Standing::durable || random.chance(survival)) apply(change, durable_);
  changes_.clear();
  visible_ = durable_;
}

void NameTable::change(Change change) {
  apply(change, visible_);
  changes_.push_back(std::move(change));
}

void NameTable::apply(const Change& change, Names& names) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.here.empty()) names[change.here] = change.file;
}

}  // namespace vow::testing
