// One connection that never reconnects by itself: what follows would run outside of its transaction, and be
// committed alone.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "vow/mysql/api.h"
#include "vow/mysql/errors.h"
#include "vow/mysql/options.h"
#include "vow/mysql/statement.h"

namespace vow::mysql {

// Which server it is, as far as servers tell, and how it behaves.
struct server_facts {
  std::string identity;
  // MySQL since 8.0.29: a prepared branch belongs to no connection, and any may end it.
  bool detaches_at_prepare = false;
};

[[nodiscard]] inline server_facts facts_of(MYSQL* on) {
  // server_uuid is MySQL's, server_uid MariaDB's. Both stay when the server starts again. A clone may have
  // them too; port and directory tell clones on one host apart.
  const rows found =
      run(on,
          "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid', 'server_id', "
          "'hostname', 'port', 'datadir')");
  server_facts facts;
  for (const auto& row : found) facts.identity += row[0] + "=" + row[1] + " ";
  const rows detaching = run(on, "SHOW SESSION VARIABLES LIKE 'xa_detach_on_prepare'");
  facts.detaches_at_prepare = !detaching.empty() && detaching[0][1] == "ON";
  return facts;
}

// Move-only; one thread uses it at a time.
class connection {
 public:
  connection() = default;
  // Takes over `handle`, which is open.
  explicit connection(MYSQL* handle) : handle_(handle), made_by_(::getpid()) {
    const char off = 0;
    ::mysql_options(handle, MYSQL_OPT_RECONNECT, &off);
    if (handle->db != nullptr) home_ = handle->db;
  }
  connection(connection&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)),
        made_by_(other.made_by_),
        home_(std::move(other.home_)),
        server_(std::move(other.server_)) {}
  connection& operator=(connection&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(made_by_, other.made_by_);
    std::swap(home_, other.home_);
    std::swap(server_, other.server_);
    return *this;
  }
  // In a forked child it is left alone: saying goodbye would end the parent's session.
  ~connection() {
    if (handle_ != nullptr && made_by_ == ::getpid()) ::mysql_close(handle_);
  }

  explicit operator bool() const { return handle_ != nullptr; }
  [[nodiscard]] MYSQL* get() const { return handle_; }
  // The database it was in when it was opened; empty: in none.
  [[nodiscard]] const std::string& home() const { return home_; }
  // Of the server at the other end.
  [[nodiscard]] const server_facts& server() const { return server_; }
  void ask_server() { server_ = facts_of(handle_); }

 private:
  MYSQL* handle_ = nullptr;
  pid_t made_by_ = 0;
  std::string home_;
  server_facts server_;
};

// Connects by these parameters.
[[nodiscard]] inline connector connect_to(parameters where) {
  return [where = std::move(where)] {
    std::unique_ptr<MYSQL, void (*)(MYSQL*)> handle(::mysql_init(nullptr), ::mysql_close);
    const auto seconds = [&](mysql_option which, std::chrono::seconds time) {
      const auto value = static_cast<unsigned>(time.count());
      ::mysql_options(handle.get(), which, &value);
    };
    seconds(MYSQL_OPT_CONNECT_TIMEOUT, where.connect_timeout);
    seconds(MYSQL_OPT_READ_TIMEOUT, where.statement_timeout);
    seconds(MYSQL_OPT_WRITE_TIMEOUT, where.statement_timeout);
    const bool by_socket = !where.socket.empty();
    if (::mysql_real_connect(handle.get(), by_socket ? nullptr : where.host.c_str(), where.user.c_str(),
                             where.password.c_str(),
                             where.database.empty() ? nullptr : where.database.c_str(), where.port,
                             by_socket ? where.socket.c_str() : nullptr, 0) == nullptr) {
      throw failure(
          handle.get(),
          "connecting to " + (by_socket ? where.socket : where.host + ":" + std::to_string(where.port)));
    }
    return handle.release();
  };
}

}  // namespace vow::mysql
