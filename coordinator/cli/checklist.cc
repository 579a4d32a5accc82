#include "coordinator/cli/checklist.h"

#include <algorithm>

namespace vow::cli {
namespace {

std::vector<Check> checks_of(DatabaseUrl::Kind kind) {
  switch (kind) {
    case DatabaseUrl::Kind::postgres:
      return {{"VOW-5112", "who has prepared may be ended by this role"},
              {"VOW-5114", "room for prepared transactions"},
              {"VOW-5115", "this role sees what is prepared"},
              {"VOW-5116", "fsync"},
              {"VOW-5117", "full_page_writes"},
              {"VOW-5118", "synchronous_commit"},
              {"VOW-5119", "version"},
              {"VOW-5120", "it takes writes"},
              {"VOW-5121", "no pooler in between"},
              {"VOW-5122", "table vow_branch"},
              {"VOW-5123", "time limits of sessions"},
              {"VOW-5124", "connections"},
              {"VOW-5126", "replicas"}};
    case DatabaseUrl::Kind::mysql:
      return {{"VOW-5130", "version"},
              {"VOW-5131", "no Galera cluster"},
              {"VOW-5132", "innodb_flush_log_at_trx_commit"},
              {"VOW-5133", "it takes writes"},
              {"VOW-5134", "sync_binlog"},
              {"VOW-5135", "default_storage_engine"},
              {"VOW-5136", "engines of the tables"},
              {"VOW-5137", "no proxy in between"},
              {"VOW-5138", "this user sees what is prepared"},
              {"VOW-5139", "this user sees what is read only"},
              {"VOW-5140", "table vow_branch"},
              {"VOW-5141", "connections"},
              {"VOW-5142", "no replication group"},
              {"VOW-5143", "pages are written whole"}};
    case DatabaseUrl::Kind::sqlite:
      return {{"VOW-5150", "library"},        {"VOW-5151", "file"},
              {"VOW-5152", "journal"},        {"VOW-5153", "synchronous"},
              {"VOW-5154", "encoding"},       {"VOW-5155", "no temporary objects"},
              {"VOW-5159", "tables"},         {"VOW-5160", "library does not damage files"},
              {"VOW-5162", "guard triggers"}, {"VOW-5163", "table vow_branch"}};
  }
  return {};
}

}  // namespace

std::vector<Check> checklist(DatabaseUrl::Kind kind, const std::vector<finding>& found) {
  std::vector<Check> all = checks_of(kind);
  for (const finding& each : found) {
    auto at =
        std::find_if(all.begin(), all.end(), [&](const Check& check) { return check.code == each.code; });
    if (at == all.end()) at = all.insert(all.end(), {each.code, "", {}});
    at->found.push_back(each);
  }
  return all;
}

}  // namespace vow::cli
