// What is found of databases, in words.
#include "vow/doctor.h"

#include <algorithm>
#include <array>

#include "vow/record_check.h"
#include "vow/resource.h"

namespace vow {

std::string_view name(severity of) {
  switch (of) {
    case severity::blocks:
      return "blocks";
    case severity::warns:
      return "warns";
    case severity::tells:
      return "tells";
  }
  return "tells";
}

std::vector<finding> doctor(resource& of) { return of.examine(); }

std::string to_text(std::vector<finding> found) {
  if (found.empty()) return "nothing stands in the way\n";
  std::stable_sort(found.begin(), found.end(),
                   [](const finding& one, const finding& other) { return one.how < other.how; });
  std::string text;
  for (const finding& each : found) {
    text += std::string(name(each.how)) + " " + each.code + ": " + each.what + "\n";
    text += "    " + each.remedy + "\n";
  }
  return text;
}

namespace record {
namespace {

constexpr std::array columns{"xid",   "branch",  "nonce",      "kind",    "action",
                             "state", "payload", "created_at", "deadline"};

std::string missing_in(const std::vector<std::string>& there) {
  std::string missing;
  for (const char* each : columns) {
    if (std::find(there.begin(), there.end(), each) != there.end()) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(each);
  }
  return missing;
}

}  // namespace

std::vector<finding> check_table(const table_facts& seen, const std::string& code) {
  const std::string how = seen.statement.empty() ? "run `vow doctor --fix`" : "run: " + seen.statement;
  if (!seen.exists && seen.may_be_made)
    return {{severity::tells, code, "there is no table vow_branch yet: who needs it makes it",
             "nothing; to make it now, " + how}};
  if (!seen.exists)
    return {{severity::warns, code,
             "there is no table vow_branch, and who connects may not make it: actions (tcc, hooks) fail",
             "as the owner of the database, " + how}};
  if (const std::string missing = missing_in(seen.columns); !missing.empty())
    return {{severity::blocks, code,
             "the table vow_branch has no " + missing + ": it is another version's, or another program's",
             "rename it if it is not Vow's. If it is, see that none of its rows is open and drop it; then " +
                 how}};
  if (!seen.may_be_used)
    return {
        {severity::blocks, code, "who connects may not read and write the table vow_branch",
         "as its owner, run: grant select, insert, update, delete on vow_branch to the one that connects"}};
  return {};
}

}  // namespace record
}  // namespace vow
