// The one connection of this process to a database file, and who may use it now.
//
// One, since SQLite before 3.51.3 can corrupt a file in WAL mode that several connections use; and since the
// database has one writer anyway. A branch has it from its first statement to prepare() or its end; in
// between come ends of prepared branches, each for a moment.
//
// On this connection nothing is ever committed, nor refused, but by the adapter: the hooks see to it, also
// for statements that a program keeps after its branch is over.
//
// Thread-safe, but for what a `turn` gives.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "vow/sqlite/api.h"
#include "vow/sqlite/failures.h"
#include "vow/sqlite/line.h"
#include "vow/sqlite/permissions.h"
#include "vow/sqlite/tables.h"
#include "vow/sqlite/touched.h"

namespace vow::sqlite {

// All may be left as they are.
struct options {
  // Called with the new connection: for functions and collations that the schema uses, and pragmas such as
  // foreign_keys, which stays as it is left here. It may make neither temporary tables nor triggers.
  std::function<void(sqlite3*)> on_open = {};
  // For the connection, and for the branch that holds the database. Never past a transaction's deadline.
  std::chrono::milliseconds wait_max{2'000};
  // PRAGMA synchronous below FULL is allowed: a power failure can then lose what was vowed.
  bool may_lose_on_power_failure = false;
  // How long rows of ended branches stay, after the deadline, to answer repeated commits and rollbacks.
  std::chrono::milliseconds retention{24 * 3'600 * 1'000};
  // Of SQLite's, the file system to use; null: the usual one.
  const char* vfs = nullptr;
};

class database {
 public:
  using clock = line::clock;

  explicit database(std::string path, options how = {});
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const options& how() const { return how_; }

  // The connection, until it ends. Throws after the bounded wait.
  class turn {
   public:
    // To begin work.
    turn(database& of, line::place& as, clock::time_point until, const std::string& xid);
    // For anything else.
    turn(database& of, clock::time_point until, const std::string& xid);
    ~turn() { of_.give_back(); }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    [[nodiscard]] sqlite3* connection() const { return of_.connection_; }
    [[nodiscard]] engine& on() const { return *of_.engine_; }

   private:
    database& of_;
  };

  // --- for whoever has the turn

  [[nodiscard]] tables& known() { return tables_; }
  [[nodiscard]] bool foreign_keys() const { return foreign_keys_; }
  // What is run meanwhile is the adapter's, and may do everything.
  template <class Work>
  auto as_vow(Work&& work) {
    struct restore {
      bool& flag;
      const bool before;
      ~restore() { flag = before; }
    } const back{as_vow_, std::exchange(as_vow_, true)};
    return work();
  }
  // A program's statements are permitted from now on, for that transaction; and keys that they touch are
  // noted, unless `noting` is null.
  void begin_work(const std::string& xid, touched* noting) {
    is_at_work_ = true;
    noting_ = noting;
    refusal_.clear();
    const std::lock_guard lock(mutex_);
    if (noting != nullptr) branch_of_ = xid;
  }
  // Why the last statement that was not authorized was refused.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

  // --- for whoever has not

  // Whether a branch of that transaction is at work.
  [[nodiscard]] bool has_branch_of(const std::string& xid) {
    const std::lock_guard lock(mutex_);
    return branch_of_ == xid;
  }
  // Where those stand who want to begin work.
  [[nodiscard]] line& waiting() { return waiting_; }

 private:
  void open();
  void set_up();
  void install_hooks();
  void close() noexcept;
  void claim();
  void give_back();
  void check_process() const;

  static int authorize(void* self, int action, const char* first, const char* second, const char* in,
                       const char* inner) noexcept;

  using identity = std::pair<dev_t, ino_t>;
  struct registry {
    std::mutex mutex;
    std::set<identity> open;
  };
  static registry& open_ones() {
    static registry all;
    return all;
  }

  const std::string path_;
  const options how_;
  const pid_t process_ = ::getpid();
  sqlite3* connection_ = nullptr;
  std::optional<engine> engine_;  // of that connection
  identity identity_{};
  bool claimed_ = false;
  bool foreign_keys_ = false;

  line waiting_;
  std::mutex mutex_;       // guards what follows
  std::string branch_of_;  // the transaction whose keys are noted; empty: none

  // Whoever has the turn.
  tables tables_;
  bool as_vow_ = false;
  bool is_at_work_ = false;
  touched* noting_ = nullptr;
  std::string refusal_;
};

inline database::database(std::string path, options how) : path_(std::move(path)), how_(std::move(how)) {
  try {
    open();
    claim();
    set_up();
    install_hooks();
  } catch (const engine_error& why) {
    const std::string said = why.what();
    close();
    throw failures::unusable(
        "VOW-5151", "SQLite cannot use " + path_ + ": " + said,
        "check that the path leads to a SQLite database which this process may write to, "
        "in a directory where it may make files");
  } catch (...) {
    close();
    throw;
  }
}

// A child of fork() must leave the connection alone: closing it would check-point under its parent's feet.
inline database::~database() {
  if (::getpid() == process_) close();
}

// Statements that a program still keeps hold the connection open; they write nothing any more.
inline void database::close() noexcept {
  if (connection_ == nullptr) return;
  engine_.reset();
  sqlite3_set_authorizer(connection_, nullptr, nullptr);
  sqlite3_preupdate_hook(connection_, nullptr, nullptr);
  sqlite3_commit_hook(
      connection_, [](void*) { return 1; }, nullptr);
  sqlite3_close_v2(connection_);
  connection_ = nullptr;
  if (!claimed_) return;
  const std::lock_guard lock(open_ones().mutex);
  open_ones().open.erase(identity_);
}

inline void database::open() {
  if (sqlite3_compileoption_used("ENABLE_PREUPDATE_HOOK") == 0 || sqlite3_libversion_number() < 3'037'000) {
    throw failures::unusable(
        "VOW-5150",
        std::string("SQLite ") + sqlite3_libversion() + " cannot tell which rows a statement changes",
        "link SQLite 3.37 or later, compiled with SQLITE_ENABLE_PREUPDATE_HOOK");
  }
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  const int result = sqlite3_open_v2(path_.c_str(), &connection_, flags, how_.vfs);
  if (connection_ == nullptr) throw std::bad_alloc();
  if (result != SQLITE_OK) throw engine_error(connection_, result);
  sqlite3_busy_timeout(connection_, static_cast<int>(how_.wait_max.count()));
  engine_.emplace(connection_);
}

inline void database::claim() {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return;  // another file system than the usual one
  identity_ = {status.st_dev, status.st_ino};
  const std::lock_guard lock(open_ones().mutex);
  claimed_ = open_ones().open.insert(identity_).second;
  if (claimed_) return;
  throw failures::unusable(
      "VOW-5156", "this process already has a resource on " + path_,
      "use that one: several connections of one process to a database in WAL mode are not "
      "safe with SQLite before 3.51.3");
}

inline void database::set_up() {
  execute(connection_, "PRAGMA synchronous = FULL");
  if (how_.on_open) how_.on_open(connection_);
  const std::string mode = text_of(connection_, "PRAGMA journal_mode = WAL");
  if (mode != "wal") {
    throw failures::unusable("VOW-5152",
                             "the journal of " + path_ + " is in mode " + mode + " and will not be in WAL",
                             "keep it in a file on a local file system that has shared memory");
  }
  if (integer_of(connection_, "PRAGMA synchronous") < 2 && !how_.may_lose_on_power_failure) {
    throw failures::unusable(
        "VOW-5153",
        "PRAGMA synchronous is below FULL for " + path_ + ": a power failure could lose what was vowed",
        "set it to FULL or EXTRA in on_open, or allow the loss by may_lose_on_power_failure");
  }
  const std::string encoding = text_of(connection_, "PRAGMA encoding");
  if (encoding != "UTF-8") {
    throw failures::unusable(
        "VOW-5154",
        path_ + " holds its texts in " + encoding + ", in which not every text can be kept exactly",
        "copy the data into a database made with PRAGMA encoding = 'UTF-8'");
  }
  if (integer_of(connection_, "SELECT count(*) FROM temp.sqlite_schema") > 0) {
    throw failures::unusable(
        "VOW-5155", "on_open has made temporary tables, views or triggers for " + path_,
        "make them in another connection: temporary triggers would fire again at the commit");
  }
  foreign_keys_ = integer_of(connection_, "PRAGMA foreign_keys") != 0;
}

inline void database::install_hooks() {
  sqlite3_set_authorizer(connection_, &database::authorize, this);
  // Installed for good: a statement compiled without would empty a table and not tell of its rows.
  sqlite3_preupdate_hook(
      connection_,
      [](void* self, sqlite3* on, int operation, char const* in, char const* name, sqlite3_int64 from,
         sqlite3_int64 to) {
        auto& is = *static_cast<database*>(self);
        if (!is.as_vow_ && is.noting_ != nullptr) is.noting_->note(on, operation, in, name, from, to);
      },
      this);
  sqlite3_commit_hook(
      connection_, [](void* self) { return static_cast<database*>(self)->as_vow_ ? 0 : 1; }, this);
}

inline int database::authorize(void* self, int action, const char* first, const char* second, const char* in,
                               const char*) noexcept {
  auto& is = *static_cast<database*>(self);
  if (is.as_vow_) return SQLITE_OK;
  try {
    is.refusal_ = !is.is_at_work_ ? "no branch is at work on this connection"
                                  : permissions::refusal(is.tables_, action, first, second, in);
    return is.refusal_.empty() ? SQLITE_OK : SQLITE_DENY;
  } catch (...) {
    return SQLITE_DENY;
  }
}

inline void database::check_process() const {
  if (::getpid() == process_) return;
  throw failures::unusable("VOW-5157", "the connection to " + path_ + " was opened before fork()",
                           "make the client and its resources in the child");
}

inline database::turn::turn(database& of, line::place& as, clock::time_point until, const std::string& xid)
    : of_(of) {
  of.check_process();
  if (!as.take(until)) throw failures::busy(of.path_, of.waiting_.obstacle(), xid);
}

inline database::turn::turn(database& of, clock::time_point until, const std::string& xid) : of_(of) {
  of.check_process();
  if (!of.waiting_.take_between(std::min(until, clock::now() + of.how_.wait_max)))
    throw failures::busy(of.path_, of.waiting_.obstacle(), xid);
}

inline void database::give_back() {
  noting_ = nullptr;
  is_at_work_ = false;
  {
    const std::lock_guard lock(mutex_);
    branch_of_.clear();
  }
  waiting_.give_back();
}

}  // namespace vow::sqlite
