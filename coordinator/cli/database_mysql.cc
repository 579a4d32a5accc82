#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/cli/participant_database.h"

#include "vow/mysql/check.h"
#include "vow/mysql/ending.h"
#include "vow/mysql/pool.h"
#include "vow/mysql/record.h"

namespace vow::cli {
namespace {

mysql::parameters parameters_of(const DatabaseUrl& url) {
  mysql::parameters where;
  where.host = url.host;
  where.port = url.port;
  where.socket = url.socket;
  where.user = url.user;
  where.password = url.password;
  where.database = url.database;
  return where;
}

class MysqlDatabase final : public ParticipantDatabase {
 public:
  explicit MysqlDatabase(const DatabaseUrl& url)
      : ParticipantDatabase(url),
        pool_(std::make_shared<mysql::pool>(mysql::connect_to(parameters_of(url)), mysql::options{})) {}

  std::vector<finding> examine() override { return mysql::examine(pool_->fresh().get()); }

  bool make_records() override {
    if (has_records()) return false;
    mysql::record_book(pool_).make();
    return true;
  }

  // Of the whole server: it does not tell in which of its databases the work is.
  std::vector<PreparedBranch> prepared() override {
    std::vector<PreparedBranch> all;
    for (preparation& each : mysql::prepared_in(pool_->fresh().get()))
      all.push_back({std::move(each), "xa", std::nullopt, false});
    if (!has_records()) return all;
    for (const auto& row :
         ask(std::string("SELECT xid, branch, nonce, kind, GREATEST(0, ") + mysql::record_rows::now +
             " - created_at) FROM vow_branch WHERE state IN ('attempting', 'prepared') "
             "ORDER BY created_at"))
      all.push_back({which(row), row.at(3), std::chrono::milliseconds(number(row.at(4))), true});
    return all;
  }

  std::vector<EndedBranch> ended(std::size_t at_most) override {
    std::vector<EndedBranch> all;
    if (!has_records()) return all;
    for (const auto& row : ask("SELECT xid, branch, nonce, kind, state FROM vow_branch WHERE state IN "
                               "('committed', 'cancelled') ORDER BY created_at DESC LIMIT " +
                               std::to_string(at_most)))
      all.push_back({which(row), row.at(3), row.at(4) == "committed"});
    return all;
  }

  // What it locks for us goes with the session, or with what is prepared.
  std::vector<std::string> leaked_locks() override { return {}; }

  void roll_back(const preparation& which) override {
    mysql::end_by_name(*pool_, which, mysql::ending::rollback);
  }

 private:
  [[nodiscard]] static std::int64_t number(const std::string& text) {
    return std::strtoll(text.c_str(), nullptr, 10);
  }
  [[nodiscard]] static preparation which(const std::vector<std::string>& row) {
    return {row.at(0), row.at(1), static_cast<std::uint64_t>(number(row.at(2)))};
  }
  [[nodiscard]] mysql::rows ask(const std::string& sql) { return mysql::run(pool_->fresh().get(), sql); }
  [[nodiscard]] bool has_records() {
    return !ask("SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = "
                "'vow_branch'")
                .empty();
  }

  const std::shared_ptr<mysql::pool> pool_;
};

}  // namespace

std::unique_ptr<ParticipantDatabase> mysql_database(const DatabaseUrl& url) {
  return std::make_unique<MysqlDatabase>(url);
}

}  // namespace vow::cli
