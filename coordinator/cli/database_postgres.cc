#include <memory>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "coordinator/cli/participant_database.h"

#include "vow/postgres/check.h"
#include "vow/postgres/database.h"
#include "vow/postgres/record.h"

namespace vow::cli {
namespace {

class PostgresDatabase final : public ParticipantDatabase {
 public:
  explicit PostgresDatabase(const DatabaseUrl& url)
      : ParticipantDatabase(url),
        connect_([whole = url.whole] { return std::make_unique<pqxx::connection>(whole); }),
        database_(connect_, {}) {}

  std::vector<finding> examine() override { return postgres::examine(connect_); }

  bool make_records() override {
    if (has_records()) return false;
    postgres::record_book(database_).make();
    return true;
  }

  std::vector<PreparedBranch> prepared() override {
    std::vector<PreparedBranch> all;
    for (auto& each : database_.list_prepared())
      all.push_back({std::move(each.which), "xa", each.age, false});
    if (!has_records()) return all;
    for (const auto& row :
         ask("select xid, branch, nonce, kind, greatest(0, " + std::string(postgres::record_rows::now) +
             " - created_at) from vow_branch where state in ('attempting', 'prepared') "
             "order by created_at"))
      all.push_back(
          {which(row), row[3].as<std::string>(), std::chrono::milliseconds(row[4].as<std::int64_t>()), true});
    return all;
  }

  std::vector<EndedBranch> ended(std::size_t at_most) override {
    std::vector<EndedBranch> all;
    if (!has_records()) return all;
    for (const auto& row : ask("select xid, branch, nonce, kind, state from vow_branch where state in "
                               "('committed', 'cancelled') order by created_at desc limit " +
                               std::to_string(at_most)))
      all.push_back({which(row), row[3].as<std::string>(), row[4].as<std::string>() == "committed"});
    return all;
  }

  // What it locks for us goes with the session, or with what is prepared.
  std::vector<std::string> leaked_locks() override { return {}; }

  void roll_back(const preparation& which) override { database_.rollback_prepared(which); }

 private:
  [[nodiscard]] static preparation which(const pqxx::row& row) {
    return {row[0].as<std::string>(), row[1].as<std::string>(),
            static_cast<std::uint64_t>(row[2].as<std::int64_t>())};
  }
  [[nodiscard]] pqxx::result ask(const std::string& sql) {
    return database_.reading("reading the table vow_branch",
                             [&](postgres::session& on) { return on.run(sql); });
  }
  [[nodiscard]] bool has_records() {
    return ask("select to_regclass('vow_branch') is not null")[0][0].as<bool>();
  }

  const postgres::connect_function connect_;
  postgres::database database_;
};

}  // namespace

std::unique_ptr<ParticipantDatabase> postgres_database(const DatabaseUrl& url) {
  return std::make_unique<PostgresDatabase>(url);
}

}  // namespace vow::cli
