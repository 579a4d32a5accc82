#include "storage/memory_disk.h"

#include <algorithm>
#include <utility>

namespace vow::storage {
namespace {

class MemoryFile final : public File {
 public:
  explicit MemoryFile(std::shared_ptr<std::string> bytes) : bytes_(std::move(bytes)) {}

  Result<std::string> read(std::uint64_t offset, std::size_t bytes) override {
    return offset < bytes_->size() ? bytes_->substr(offset, bytes) : std::string();
  }
  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    bytes_->resize(std::max<std::size_t>(bytes_->size(), offset + bytes.size()));
    bytes_->replace(offset, bytes.size(), bytes);
    return {};
  }
  Result<void> truncate(std::uint64_t size) override {
    bytes_->resize(size);
    return {};
  }
  Result<std::uint64_t> size() override { return bytes_->size(); }
  Result<void> sync() override { return {}; }

 private:
  const std::shared_ptr<std::string> bytes_;
};

Failure<Error> is_absent(const std::string& name) {
  return failure(Fault::absent, "there is no file " + name + " in memory");
}

}  // namespace

Result<std::unique_ptr<File>> MemoryDisk::open(const std::string& name, Open how) {
  auto at = files_.find(name);
  if (at == files_.end() && how == Open::existing) return is_absent(name);
  if (at == files_.end()) at = files_.emplace(name, std::make_shared<std::string>()).first;
  return std::unique_ptr<File>(std::make_unique<MemoryFile>(at->second));
}

Result<bool> MemoryDisk::exists(const std::string& name) { return files_.contains(name); }

Result<void> MemoryDisk::rename(const std::string& from, const std::string& to) {
  auto file = files_.extract(from);
  if (file.empty()) return is_absent(from);
  files_[to] = std::move(file.mapped());
  return {};
}

Result<void> MemoryDisk::remove(const std::string& name) {
  if (files_.erase(name) == 0) return is_absent(name);
  return {};
}

Result<std::vector<std::string>> MemoryDisk::list() {
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) names.push_back(name);
  return names;
}

}  // namespace vow::storage
