// The Disk port in memory: nothing fails, and nothing outlives it. For one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/disk.h"

namespace vow::storage {

class MemoryDisk final : public Disk {
 public:
  // Whoever has a file open that is renamed or removed goes on with it.
  [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name, Open how) override;
  [[nodiscard]] Result<bool> exists(const std::string& name) override;
  [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<void> remove(const std::string& name) override;
  [[nodiscard]] Result<void> sync_directory() override { return {}; }
  [[nodiscard]] Result<std::vector<std::string>> list() override;

 private:
  std::map<std::string, std::shared_ptr<std::string>> files_;
};

}  // namespace vow::storage
