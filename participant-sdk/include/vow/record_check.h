// What is to be said of the table vow_branch (record.h), the same for all kinds of databases.
#pragma once

#include <string>
#include <vector>

#include "vow/doctor.h"
#include "vow/export.h"

namespace vow::record {

// What the adapter saw.
struct table_facts {
  bool exists = false;
  bool may_be_made = true;           // by who asks
  bool may_be_used = true;           // read and written
  std::vector<std::string> columns;  // their names, if it exists
  std::string statement{};           // that makes it, where it is one
};

// Empty, or one finding under that code.
[[nodiscard]] VOW_EXPORT std::vector<finding> check_table(const table_facts& seen, const std::string& code);

}  // namespace vow::record
