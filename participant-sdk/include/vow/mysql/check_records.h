// What a user may do with the table vow_branch, and whether it is the one of this version. It changes
// nothing: its statements touch no row.
#pragma once

#include <string>
#include <vector>

#include "vow/doctor.h"
#include "vow/mysql/record.h"
#include "vow/mysql/statement.h"
#include "vow/record_check.h"

namespace vow::mysql {

// On a connection in the database that the branches use, with their user.
[[nodiscard]] inline std::vector<finding> check_records(MYSQL* on) {
  record::table_facts seen;
  seen.statement = record_book::table_sql;
  for (const auto& row : run(on,
                             "SELECT column_name FROM information_schema.columns WHERE table_schema = "
                             "DATABASE() AND table_name = 'vow_branch'"))
    seen.columns.push_back(row.at(0));
  seen.exists = !seen.columns.empty();
  for (const char* use : {"SELECT 1 FROM vow_branch LIMIT 0", "DELETE FROM vow_branch WHERE 1 = 0",
                          "INSERT INTO vow_branch SELECT * FROM vow_branch WHERE 1 = 0",
                          "UPDATE vow_branch SET state = state WHERE 1 = 0"}) {
    if (seen.exists && try_run(on, use) != 0) seen.may_be_used = false;
  }
  return record::check_table(seen, "VOW-5140");
}

}  // namespace vow::mysql
