// A bounded number of connections, kept open between branches.
//
//   (none) ──take()──▶ lent ──give_back(), and the session is as new──▶ idle ──take()──▶ lent
//                       │ dropped: broken, doubtful, or its branch still prepared       │ the server has
//                       closed it ▼                                                               ▼
//                    (closed)                                                        (closed)
//
// A lent connection is closed unless it is given back expressly, so nothing in a bad state returns by
// accident.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "vow/mysql/connection.h"
#include "vow/mysql/names.h"

namespace vow::mysql {

class pool;

// A connection out of a pool, which it outlives. Move-only; one thread uses it at a time.
class lease {
 public:
  lease() = default;
  lease(std::shared_ptr<pool> from, connection of) : from_(std::move(from)), connection_(std::move(of)) {}
  lease(lease&&) = default;
  inline lease& operator=(lease&& other) noexcept;
  inline ~lease();

  explicit operator bool() const { return static_cast<bool>(connection_); }
  [[nodiscard]] MYSQL* get() const { return connection_.get(); }
  [[nodiscard]] const server_facts& server() const { return connection_.server(); }
  [[nodiscard]] const std::string& home() const { return connection_.home(); }

  // The session has nothing open. It forgets what was set in it, its locks and its temporary tables.
  inline void give_back();
  // Closes it. Does not wait for the server.
  inline void drop() noexcept;

 private:
  friend class pool;
  std::shared_ptr<pool> from_;
  connection connection_;
};

// Thread-safe.
class pool : public std::enable_shared_from_this<pool> {
 public:
  using instant = std::chrono::steady_clock::time_point;

  pool(connector connect, options with) : connect_(std::move(connect)), options_(std::move(with)) {
    static const int ready = ::mysql_library_init(0, nullptr, nullptr);  // once, before threads use it
    (void)ready;
  }

  [[nodiscard]] const options& settings() const { return options_; }

  // A connection that answers, within options.connection_wait, set up for a transaction that ends at
  // `deadline`.
  [[nodiscard]] lease take(instant deadline = instant::max()) {
    lease place = wait_for_room();
    while (connection idle = take_idle()) {
      if (is_fit(idle, deadline)) return admit(place, std::move(idle));
    }
    return admit(place, make(deadline));
  }

  // Likewise; `has_lock` says whether its session has the lock of that name, for which nobody waits. Mostly
  // in one round trip.
  [[nodiscard]] lease take_with_lock(const std::string& lock, instant deadline, bool& has_lock) {
    lease place = wait_for_room();
    while (connection idle = take_idle()) {
      const std::string condition = is_at_home(idle) + " AND " + gets_lock(lock);
      has_lock = try_run(idle.get(), setup(deadline, condition)) == 0;
      if (has_lock) return admit(place, std::move(idle));
      if (!is_fit(idle, deadline)) continue;
      has_lock = take_lock(idle.get(), lock, std::chrono::seconds(0));
      return admit(place, std::move(idle));
    }
    connection made = make(deadline);
    has_lock = take_lock(made.get(), lock, std::chrono::seconds(0));
    return admit(place, std::move(made));
  }

  // One more that is not counted, so that branches can be ended while prepared ones hold all the others.
  [[nodiscard]] connection fresh() { return make(instant::max()); }

  // Whether the table vow_branch (record.h) is there.
  [[nodiscard]] bool keeps_records() const { return keeps_records_; }
  void keeps_records(bool does) { keeps_records_ = does; }

  // Whether `identity` is of the server that was seen first.
  [[nodiscard]] bool is_same_server(const std::string& identity) const {
    const std::lock_guard lock(mutex_);
    return first_server_.empty() || first_server_ == identity;
  }

  [[nodiscard]] std::size_t lent() const {
    const std::lock_guard lock(mutex_);
    return lent_;
  }
  [[nodiscard]] std::size_t idle() const {
    const std::lock_guard lock(mutex_);
    return idle_.size();
  }

 private:
  friend class lease;

  // A place without a connection yet; given up if none comes.
  [[nodiscard]] lease wait_for_room() {
    std::unique_lock lock(mutex_);
    const bool has_room =
        room_.wait_for(lock, options_.connection_wait, [&] { return lent_ < options_.connections_max; });
    if (!has_room) {
      throw error(
          {.code = "VOW-5235",
           .what = "all " + std::to_string(options_.connections_max) +
                   " connections of the resource are in use, and none came back in " +
                   std::to_string(options_.connection_wait.count()) + " ms",
           .hint =
               "run the transaction again; raise connections_max if it happens often. Branches hold theirs "
               "until the transaction is ended",
           .xid = {},
           .retryable = true});
    }
    ++lent_;
    lock.unlock();
    return {shared_from_this(), connection()};
  }

  static lease admit(lease& place, connection made) {
    place.connection_ = std::move(made);
    return std::move(place);
  }

  [[nodiscard]] connection take_idle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return {};
    connection last = std::move(idle_.back());
    idle_.pop_back();
    return last;
  }

  [[nodiscard]] connection open() {
    MYSQL* const handle = connect_();
    if (handle == nullptr) {
      throw misuse({.code = "VOW-5246",
                    .what = "the function that connects returned nothing",
                    .hint = "let it throw what went wrong, or return an open connection",
                    .xid = {}});
    }
    connection made(handle);
    made.ask_server();
    const std::lock_guard lock(mutex_);
    if (first_server_.empty()) first_server_ = made.server().identity;
    return made;
  }

  [[nodiscard]] connection make(instant deadline) {
    connection made = open();
    run(made.get(), setup(deadline));
    return made;
  }

  // Whether an idle one is still alive, and where it belongs: a reset leaves the session in the database that
  // the user chose last.
  [[nodiscard]] bool is_fit(const connection& idle, instant deadline) const {
    return try_run(idle.get(), setup(deadline, is_at_home(idle))) == 0;
  }
  [[nodiscard]] static std::string is_at_home(const connection& of) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string name;
    for (const char c : of.home()) (name += digits[c >> 4 & 15]) += digits[c & 15];
    return "COALESCE(DATABASE(),'')=x'" + name + "'";
  }

  // Fails unless the condition, which is never NULL, holds: then a number is out of range.
  [[nodiscard]] std::string setup(instant deadline, const std::string& condition = "1") const {
    using std::chrono::milliseconds;
    milliseconds wait = options_.lock_wait;
    if (deadline != instant::max()) {
      const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
      wait = std::min(wait, left);
    }
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
    const std::string locks = std::to_string(seconds);
    return "SET SESSION innodb_lock_wait_timeout=" + locks + ",lock_wait_timeout=" + locks +
           ",wait_timeout=" + std::to_string(options_.silence_max.count()) + "+9223372036854775807*(NOT(" +
           condition + "))";
  }

  // Makes the session as new, or closes it.
  void take_back(connection of) {
    const bool is_clean = ::mysql_reset_connection(of.get()) == 0;
    {
      const std::lock_guard lock(mutex_);
      --lent_;
      if (is_clean) idle_.push_back(std::move(of));
    }
    room_.notify_one();
  }
  void forget_one() noexcept {
    {
      const std::lock_guard lock(mutex_);
      --lent_;
    }
    room_.notify_one();
  }

  const connector connect_;
  const options options_;
  std::atomic<bool> keeps_records_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable room_;
  std::size_t lent_ = 0;
  std::vector<connection> idle_;
  std::string first_server_;
};

lease& lease::operator=(lease&& other) noexcept {
  if (this == &other) return *this;
  drop();
  from_ = std::move(other.from_);
  connection_ = std::move(other.connection_);
  return *this;
}

lease::~lease() { drop(); }

void lease::give_back() {
  if (from_ == nullptr) return;
  const std::shared_ptr<pool> to = std::exchange(from_, nullptr);
  to->take_back(std::move(connection_));
}

void lease::drop() noexcept {
  if (from_ == nullptr) return;
  { const connection closing = std::move(connection_); }
  std::exchange(from_, nullptr)->forget_one();
}

}  // namespace vow::mysql
