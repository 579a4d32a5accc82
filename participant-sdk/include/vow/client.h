// The way to the coordinator. One for each process.
//
//   vow::client client{vow::client_options::from_env()};
//   vow::postgres::resource orders{client, "orders-db",
//                                  [] { return std::make_unique<pqxx::connection>(dsn); }};
//   auto id = client.run("place-order", [&](vow::tx& tx) {
//     pqxx::transaction_base& db = orders.enlist(tx);
//     ...
//     return id;
//   });
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
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
#include "vow/export.h"
#include "vow/log.h"
#include "vow/retry.h"
#include "vow/tx.h"

namespace vow {

namespace sdk {
class client_core;
class Probe;
}  // namespace sdk

// How a client finds the coordinator, and what it has for work that nobody waits for.
struct VOW_EXPORT client_options {
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
  // Of vow::testing alone: makes what a test reaches the client by, given its `process`.
  std::function<std::shared_ptr<sdk::Probe>(const std::string& process)> probe;

  // From VOW_COORDINATORS ("a:7400,b:7400") and VOW_PROCESS, where they are set.
  [[nodiscard]] static client_options from_env();
};

// How one transaction runs.
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
  // For serve(); it means nothing elsewhere: all calls of the transaction that this process serves go on in
  // the same branches, and see each other's work; they are prepared when the transaction commits, which costs
  // one more round trip. The calls must all come to this process. Without it, two calls that touch the same
  // rows would wait for each other until one of them gives up.
  bool share = false;
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
class VOW_EXPORT client {
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

  // For programs whose work is not one function, such as those that react to events: begins a transaction,
  // which then ends by one of the following. If its last copy is dropped before, it is rolled back, without
  // waiting for that.
  [[nodiscard]] tx begin(std::string_view name, const run_options& options = run_options{});
  // Throws as run() does, which see. It is over then, whatever came of it.
  void commit(tx& of);
  void rollback(tx& of);
  // As commit(), on a thread of the client's: `done` is called there, once, with nothing or with what
  // commit() would have thrown. It must not throw.
  void commit_async(tx of, std::function<void(std::exception_ptr problem)> done);

  // In a service that was called within a transaction: runs `body` as part of it, prepares what it did and
  // votes for it. The reply's headers go back with the answer, and the string that `body` returns, if it
  // returns one. A request that is repeated is answered from what the first one left: strings of up to 64 KiB
  // are kept for that; of longer ones, and in another process, the repetition is refused and may be tried in
  // a new transaction. If `body` throws, nothing is left of its work, and that is thrown on; as a rolled_back
  // that is retryable, if it may not happen again (a deadlock).
  // Of the run_options, `stop` and `share` count, and `timeout` for finding a coordinator: the transaction
  // brings its deadline with it.
  template <class Body>
  [[nodiscard]] reply serve(std::string_view name, const headers& request, Body&& body,
                            const run_options& options = run_options{}) {
    if constexpr (std::is_void_v<std::invoke_result_t<Body&, tx&>>) {
      const auto silent = [&](tx& in) {
        body(in);
        return std::string();
      };
      return serve_erased(name, request, silent, options);
    } else {
      return serve_erased(
          name, request, [&](tx& in) -> std::string { return body(in); }, options);
    }
  }

  // What became of a transaction: asks until it is final or `timeout` has passed, then `unknown`.
  [[nodiscard]] vow::outcome wait(const std::string& xid, std::chrono::milliseconds timeout,
                                  std::stop_token stop = {});

  [[nodiscard]] const std::shared_ptr<sdk::client_core>& core() const { return core_; }

 private:
  void run_erased(std::string_view name, const run_options& options, const std::function<void(tx&)>& body);
  [[nodiscard]] reply serve_erased(std::string_view name, const headers& request,
                                   const std::function<std::string(tx&)>& body, const run_options& options);

  std::shared_ptr<sdk::client_core> core_;
};

}  // namespace vow
