// Tests of services that use the SDK: a coordinator in this process, whose time the test moves, and faults
// wherever the test wants them.
//
//   vow::testing::cluster cluster;
//   shop shop(cluster.options("shop"));             // a service of yours, which makes its client of them
//   cluster.crash_after(vow::testing::step::prepare);
//   EXPECT_THROW(shop.order(7), vow::testing::crashed);  // dead, as by kill -9: what is prepared stays so
//   ... a new shop, on the same databases ...
//   cluster.settle();                                // and what the first one left is ended
//
// The coordinator is the product's own, with its log in memory. docs/testing.md tells more.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "vow/client.h"
#include "vow/outcome.h"
#include "vow/step.h"

namespace vow::testing {

using vow::step;

// Thrown out of whatever the client was called for when it came to its crash, and whenever it is used after
// that. On purpose no std::exception: handlers do not run in a process that is killed.
struct crashed {
  std::string process;
  step at;
};

// What clients ask of the coordinator.
enum class request : std::uint8_t { vote, commit, rollback, outcome, poll, report };
[[nodiscard]] std::string_view name(request of);

// Which one a fault strikes. What is left empty fits all.
struct where {
  std::string process{};   // as in options()
  std::string resource{};  // of a step that is a branch's
  std::uint32_t nth = 1;   // of those that fit, counted from now on
};

// A branch, as the coordinator sees it.
struct branch_seen {
  std::string resource;
  std::string standing;  // "prepared", "finished" and so on
};

// Likewise a transaction.
struct transaction_seen {
  std::string xid;
  std::string state;  // "open", "preparing", "deciding", "committing", "aborting", "committed", "rolled_back"
  vow::outcome outcome = vow::outcome::unknown;
  std::vector<branch_seen> branches;
};

// What settle() throws if its patience is at an end: says what is left.
class unsettled : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Thread-safe. Several are independent of one another. Clients should end before it does.
class cluster {
 public:
  // Ready when it returns.
  cluster();
  ~cluster();
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  // For one client; `process` names it in faults and errors.
  [[nodiscard]] client_options options(const std::string& process = "test") const;

  // --- time
  // Lets time pass at once, for the coordinator and for all clients: deadlines, sessions, waits of the SDK.
  // Beside that, time passes as ever. Databases, and limits on single calls, keep to the machine's clock.
  void advance(std::chrono::milliseconds time);

  // --- crashes of clients
  // The next client that comes to this step dies right before or after it, as a process does that is killed:
  // it ends, reports and answers nothing any more; what it had sent arrives; what is prepared stays so.
  // Its resources are to be destroyed as ever, before others are made for their databases.
  void crash_before(step at, const where& which = {});
  void crash_after(step at, const where& which = {});

  // --- faults of the network
  // The next such request does not arrive; or arrives, and its answer does not. The client notices at once,
  // as if the connection broke, and does not know which.
  void drop_request(request what, const where& which = {});
  void drop_reply(request what, const where& which = {});
  // It arrives only when so much time has passed.
  void delay(request what, std::chrono::milliseconds time, const where& which = {});

  // Faults that were planned and have not struck.
  [[nodiscard]] std::size_t faults_left() const;

  // --- the coordinator
  // It ends, at once; what it had decided is durable, all else is lost, as when it is killed.
  void stop();
  // It comes back. A second passes by the cluster's clock, in which clients find it.
  void start();
  void restart();

  // --- looking
  // Lets time pass until all is at rest: no transaction unfinished, nothing held by a client, nothing left
  // prepared in a database that a living client serves. For when nobody works any more: deadlines pass.
  void settle(std::chrono::milliseconds patience = std::chrono::seconds(10));
  // Unfinished ones first, then those that ended since it started, the latest first. Not while it is stopped.
  [[nodiscard]] std::vector<transaction_seen> transactions() const;
  [[nodiscard]] vow::outcome outcome(const std::string& xid) const;

 private:
  class inside;
  const std::shared_ptr<inside> inside_;
};

}  // namespace vow::testing
