// An open file of a FaultyDisk. The disk must outlive it.
#pragma once

#include <memory>
#include <string>

#include "tests/support/faulty_disk.h"

namespace vow::testing {

class FaultyFile final : public storage::File {
 public:
  FaultyFile(FaultyDisk& disk, std::string name, std::shared_ptr<FileImage> image);

  [[nodiscard]] storage::Result<std::string> read(std::uint64_t offset, std::size_t bytes) override;
  [[nodiscard]] storage::Result<void> write(std::uint64_t offset, std::string_view bytes) override;
  [[nodiscard]] storage::Result<void> truncate(std::uint64_t size) override;
  [[nodiscard]] storage::Result<std::uint64_t> size() override;
  [[nodiscard]] storage::Result<void> sync() override;

 private:
  // As FaultyDisk::obstacle, and fails too if the process that opened this file has died since.
  std::optional<storage::Error> obstacle(FaultyDisk::Kind kind, const char* call,
                                         std::optional<Trouble> trouble);
  [[nodiscard]] bool is_alive() const;
  // A random part from the front.
  void write_part(std::uint64_t offset, std::string_view bytes);

  FaultyDisk& disk_;
  std::string name_;
  std::shared_ptr<FileImage> image_;
  std::uint64_t life_;
};

}  // namespace vow::testing
