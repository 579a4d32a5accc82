// SQLite's files are looked at through connections that cannot write, so that looking leaves no trace: no
// file that was not there, no change of the journal's mode.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/cli/participant_database.h"

#include "vow/sqlite/check.h"
#include "vow/sqlite/ends.h"
#include "vow/sqlite/guards.h"
#include "vow/sqlite/records.h"

namespace vow::cli {
namespace {

using sqlite::statement;

class Connection {
 public:
  Connection(const std::string& path, int flags) {
    const int result = sqlite3_open_v2(path.c_str(), &is_, flags, nullptr);
    if (result == SQLITE_OK) {
      sqlite3_busy_timeout(is_, 2'000);
      on_.emplace(is_);
      return;
    }
    const std::string why = sqlite3_errmsg(is_);
    sqlite3_close(is_);
    throw error({.code = "VOW-5151",
                 .what = "SQLite cannot open " + path + ": " + why,
                 .hint = "check the path, and that this user may read and write the file and its folder",
                 .xid = {}});
  }
  ~Connection() {
    on_.reset();
    sqlite3_close(is_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  [[nodiscard]] sqlite::engine& get() { return *on_; }

 private:
  sqlite3* is_ = nullptr;
  std::optional<sqlite::engine> on_;
};

class SqliteDatabase final : public ParticipantDatabase {
 public:
  explicit SqliteDatabase(const DatabaseUrl& url) : ParticipantDatabase(url), path_(url.path) {}

  std::vector<finding> examine() override { return sqlite::check(reading().get()); }

  bool make_records() override {
    Connection on(path_, SQLITE_OPEN_READWRITE);
    if (sqlite::records::exist(on.get())) return false;
    sqlite::detail::transaction all(on.get());
    sqlite::records::make(on.get());
    all.commit();
    return true;
  }

  std::vector<PreparedBranch> prepared() override {
    std::vector<PreparedBranch> all;
    Connection on = reading();
    if (!sqlite::records::exist(on.get())) return all;
    statement asked(on.get(), "SELECT xid, branch, nonce, kind, max(0, " + std::string(sqlite::records::now) +
                                  " - created_at) FROM main.vow_branch WHERE state IN ('attempting', "
                                  "'prepared') ORDER BY created_at");
    while (asked.step())
      all.push_back(
          {which(asked), asked.text(3), std::chrono::milliseconds(asked.integer(4)), asked.text(3) != "xa"});
    return all;
  }

  std::vector<EndedBranch> ended(std::size_t at_most) override {
    std::vector<EndedBranch> all;
    Connection on = reading();
    if (!sqlite::records::exist(on.get())) return all;
    statement asked(on.get(),
                    "SELECT xid, branch, nonce, kind, state FROM main.vow_branch WHERE state IN "
                    "('committed', 'cancelled') ORDER BY created_at DESC LIMIT ?1");
    asked.bind(1, static_cast<std::int64_t>(at_most));
    while (asked.step()) all.push_back({which(asked), asked.text(3), asked.text(4) == "committed"});
    return all;
  }

  // Triggers that refuse all writers, though nothing is prepared: they look into a table that is gone.
  std::vector<std::string> leaked_locks() override {
    Connection on = reading();
    sqlite::execute(on.get(), "BEGIN");  // both of one moment
    const std::int64_t guards = sqlite::guards::count(on.get());
    if (guards == 0 || sqlite::records::exist(on.get())) return {};
    return {std::to_string(guards) +
            " guard triggers (vow_guard_...) refuse all writers, since their table vow_branch is gone"};
  }

  void roll_back(const preparation& which) override {
    (void)reading();  // the file is there: what follows would make it
    sqlite::database in(path_);
    sqlite::rollback_prepared(in, which);
  }

 private:
  [[nodiscard]] static preparation which(const statement& row) {
    return {row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2))};
  }
  [[nodiscard]] Connection reading() const { return Connection(path_, SQLITE_OPEN_READONLY); }

  const std::string path_;
};

}  // namespace

std::unique_ptr<ParticipantDatabase> sqlite_database(const DatabaseUrl& url) {
  return std::make_unique<SqliteDatabase>(url);
}

}  // namespace vow::cli
