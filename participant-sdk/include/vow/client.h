// The way to the coordinator. One for each process.
//
//   vow::client client{vow::client_options::from_env()};
//   vow::postgres::resource orders{client, "orders-db", [] { return std::make_unique<pqxx::connection>(dsn);
//   }}; auto id = client.run("place-order", [&](vow::tx& tx) {
//     pqxx::transaction_base& db = orders.enlist(tx);
//     ...
//     return id;
//   });
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "vow/call.h"
#include "vow/error.h"
#include "vow/log.h"
#include "vow/retry.h"
#include "vow/tx.h"

namespace vow {

namespace sdk {
class client_core;
}

struct client_options {
  // Addresses of the cell's members, "host:port"; any of them leads to the others.
  std::vector<std::string> coordinators{"127.0.0.1:7400"};
  // What people see in `vow participants`. Empty: the program's name, its process and its host.
  std::string process;
  // Threads that end branches when the coordinator says so, and look for what is left prepared.
  std::uint32_t workers = 4;
  // How long one call may take before it is tried again, perhaps elsewhere.
  std::chrono::milliseconds call_timeout{2'000};
  // How often each resource is searched for what was left prepared.
  std::chrono::milliseconds recovery_interval{5'000};
  // Prepared branches younger than this are left to those who prepared them.
  std::chrono::milliseconds recovery_age{3'000};
  log_handler log;

  // From VOW_COORDINATORS ("a:7400,b:7400") and VOW_PROCESS, where they are set.
  [[nodiscard]] static client_options from_env();
};

struct run_options {
  // From the beginning of each attempt to its commit.
  std::chrono::milliseconds timeout{60'000};
  vow::retry retry{};
  // How long to ask what became of a commit whose answer is lost, beyond the timeout. Then outcome_unknown is
  // thrown.
  std::chrono::milliseconds outcome_timeout{30'000};
  // How long to wait, once it is committed, for branches in other processes to be done.
  std::chrono::milliseconds completion_timeout{5'000};
  std::stop_token stop{};
};

// What try_run() returns: a value or the error.
template <class T>
class result {
 public:
  using value_type = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  result(value_type value) : is_(std::move(value)) {}
  result(vow::error why) : is_(std::move(why)) {}
  [[nodiscard]] bool ok() const { return is_.index() == 0; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const vow::error& error() const { return std::get<1>(is_); }
  [[nodiscard]] value_type& value() { return std::get<0>(is_); }
  [[nodiscard]] const value_type& value() const { return std::get<0>(is_); }

 private:
  std::variant<value_type, vow::error> is_;
};

// Thread-safe. Starts its threads when it is made; after fork() the child makes one of its own.
class client {
 public:
  explicit client(client_options options = client_options::from_env());
  // Waits until what its threads are at is done; what is prepared stays so, and is ended by whoever comes
  // next.
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  // Runs `body` in a transaction and commits it. Rolls back if `body` throws, and throws that on. Runs it
  // again, in a new transaction, after a rollback that is certain and may not happen again (retry). `body`
  // gets a tx&; what it returns is returned once the transaction is committed.
  template <class Body>
  auto run(std::string_view name, const run_options& options, Body&& body)
      -> std::invoke_result_t<Body&, tx&> {
    using value = std::invoke_result_t<Body&, tx&>;
    if constexpr (std::is_void_v<value>) {
      run_erased(name, options, [&](tx& in) { body(in); });
    } else {
      std::optional<value> kept;
      run_erased(name, options, [&](tx& in) { kept.emplace(body(in)); });
      return *std::move(kept);
    }
  }
  template <class Body>
  auto run(std::string_view name, Body&& body) {
    return run(name, run_options{}, std::forward<Body>(body));
  }
  // As run(), but returns errors of this family; others that `body` throws are thrown on.
  template <class Body>
  auto try_run(std::string_view name, const run_options& options, Body&& body)
      -> result<std::invoke_result_t<Body&, tx&>> {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Body&, tx&>>) {
        run(name, options, std::forward<Body>(body));
        return std::monostate{};
      } else {
        return run(name, options, std::forward<Body>(body));
      }
    } catch (const vow::error& why) {
      return why;
    }
  }

  // In a service that was called within a transaction: runs `body` as part of it, prepares what it did and
  // votes for it. The reply's headers go back with the answer. A request that is repeated is answered from
  // what the first one left. If `body` throws, nothing is left of its work, and that is thrown on. Only the
  // run_options' outcome_timeout and stop count: the transaction brings its deadline with it.
  [[nodiscard]] reply serve(std::string_view name, const headers& request,
                            const std::function<void(tx&)>& body, const run_options& options = run_options{});

  // What became of a transaction: asks until it is final or `timeout` has passed, then `unknown`.
  [[nodiscard]] vow::outcome wait(const std::string& xid, std::chrono::milliseconds timeout,
                                  std::stop_token stop = {});

  [[nodiscard]] const std::shared_ptr<sdk::client_core>& core() const { return core_; }

 private:
  void run_erased(std::string_view name, const run_options& options, const std::function<void(tx&)>& body);

  std::shared_ptr<sdk::client_core> core_;
};

}  // namespace vow
