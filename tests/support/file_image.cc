#include "tests/support/file_image.h"

#include <algorithm>

#include "coordinator/base/check.h"

namespace vow::testing {
namespace {

std::uint64_t sector_start(std::uint64_t offset) { return offset - offset % FileImage::sector_bytes; }

std::uint64_t sector_end(std::uint64_t offset) { return sector_start(offset + FileImage::sector_bytes - 1); }

}  // namespace

std::string FileImage::read(std::uint64_t offset, std::size_t bytes) const {
  return offset < size() ? bytes_.substr(offset, bytes) : std::string();
}

void FileImage::write(std::uint64_t offset, std::string_view bytes) {
  Change change;
  change.offset = offset;
  change.length = bytes.size();
  change.size_before = size();
  change.before = read(offset, bytes.size());
  place(offset, bytes);
  change.size_after = size();
  changes_.push_back(std::move(change));
}

void FileImage::truncate(std::uint64_t size_wanted) {
  Change change;
  change.truncation = true;
  change.offset = size_wanted;
  change.size_before = size();
  change.size_after = size_wanted;
  change.before = read(size_wanted, std::string::npos);
  bytes_.resize(size_wanted);
  changes_.push_back(std::move(change));
}

void FileImage::sync() {
  const auto is_forsaken = [](const Change& c) { return c.standing == Standing::forsaken; };
  if (std::none_of(changes_.begin(), changes_.end(), is_forsaken)) {
    changes_.clear();
    return;
  }
  for (Change& change : changes_)
    if (change.standing == Standing::pending) change.standing = Standing::durable;
}

void FileImage::forsake() {
  for (Change& change : changes_)
    if (change.standing == Standing::pending) change.standing = Standing::forsaken;
}

void FileImage::lose_power(Random& random, double survival) {
  // Back to what the last sync promised, remembering the sectors as each change had left them.
  std::vector<std::string> sectors(changes_.size());
  for (std::size_t i = changes_.size(); i-- > 0;) {
    sectors[i] = sectors_of(changes_[i]);
    undo(changes_[i]);
  }
  // And forward again, with those that survive.
  std::uint64_t size_surviving = size();
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    const auto survives = [&] { return change.standing == Standing::durable || random.chance(survival); };
    if (change.truncation) {
      if (!survives()) continue;
      bytes_.resize(std::min(size(), change.size_after));
      size_surviving = change.size_after;
      continue;
    }
    const std::string_view after = sectors[i];
    for (std::size_t at = 0; at < after.size(); at += sector_bytes)
      if (survives()) place(sector_start(change.offset) + at, after.substr(at, sector_bytes));
    if (change.size_after > change.size_before && survives())
      size_surviving = std::max(size_surviving, change.size_after);
  }
  bytes_.resize(size_surviving);
  changes_.clear();
}

void FileImage::flip_bit(std::uint64_t bit) {
  VOW_CHECK(bit / 8 < size(), "bit {} of a file of {} bytes", bit, size());
  bytes_[bit / 8] = static_cast<char>(bytes_[bit / 8] ^ (1 << bit % 8));
}

void FileImage::undo(const Change& change) {
  bytes_.resize(change.size_before);
  bytes_.replace(change.offset > size() ? size() : change.offset, change.before.size(), change.before);
}

std::string FileImage::sectors_of(const Change& change) const {
  if (change.truncation || change.length == 0) return {};
  const std::uint64_t start = sector_start(change.offset);
  return read(start, sector_end(change.offset + change.length) - start);
}

void FileImage::place(std::uint64_t offset, std::string_view bytes) {
  if (size() < offset + bytes.size()) bytes_.resize(offset + bytes.size());
  bytes_.replace(offset, bytes.size(), bytes);
}

}  // namespace vow::testing
