// The names in one directory: as every process sees them, and as the disk may hold them after the power went.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/base/random.h"
#include "tests/support/file_image.h"

namespace vow::testing {

class NameTable {
 public:
  using Names = std::map<std::string, std::shared_ptr<FileImage>>;

  NameTable() = default;
  // Deep: the copy shares no file with the original.
  NameTable(const NameTable& other);
  NameTable& operator=(const NameTable& other);

  [[nodiscard]] const Names& names() const { return visible_; }
  // Null if there is none.
  [[nodiscard]] std::shared_ptr<FileImage> find(const std::string& name) const;

  std::shared_ptr<FileImage> create(const std::string& name);
  void rename(const std::string& from, const std::string& to);
  void remove(const std::string& name);
  void sync();
  // A sync failed: everything pending stays visible but is forsaken.
  void forsake();
  // Each change of a name that is not durable survives with this probability, whatever became of those before
  // it.
  void lose_power(Random& random, double survival);

 private:
  struct Change {
    std::string gone;  // the name that ends here, if any
    std::string here;  // the name that begins here, if any
    std::shared_ptr<FileImage> file;
    Standing standing = Standing::pending;
  };

  void change(Change change);
  static void apply(const Change& change, Names& names);

  Names visible_;
  Names durable_;
  std::vector<Change> changes_;  // from durable_ to visible_, oldest first
};

}  // namespace vow::testing
