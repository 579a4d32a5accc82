// Statements on a connection, with all their rows at once. For short answers: rows are copied into memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vow/mysql/api.h"
#include "vow/mysql/errors.h"

namespace vow::mysql {

using rows = std::vector<std::vector<std::string>>;  // NULL is empty

// The error's number; 0: none.
[[nodiscard]] inline unsigned try_run(MYSQL* on, std::string_view sql, rows* into = nullptr) {
  if (::mysql_real_query(on, sql.data(), static_cast<unsigned long>(sql.size())) != 0)
    return ::mysql_errno(on);
  MYSQL_RES* const result = ::mysql_store_result(on);
  if (result == nullptr) return ::mysql_field_count(on) == 0 ? 0 : ::mysql_errno(on);
  const unsigned columns = ::mysql_num_fields(result);
  while (into != nullptr) {
    const MYSQL_ROW row = ::mysql_fetch_row(result);
    if (row == nullptr) break;
    const unsigned long* const lengths = ::mysql_fetch_lengths(result);
    auto& cells = into->emplace_back();
    for (unsigned i = 0; i < columns; ++i) {
      cells.push_back(row[i] == nullptr ? std::string() : std::string(row[i], lengths[i]));
    }
  }
  ::mysql_free_result(result);
  return 0;
}

// Throws what failure() makes of an error.
inline rows run(MYSQL* on, std::string_view sql) {
  rows result;
  const unsigned error = try_run(on, sql, &result);
  if (error != 0) throw failure(on, "\"" + std::string(sql.substr(0, 200)) + "\"");
  return result;
}

}  // namespace vow::mysql
