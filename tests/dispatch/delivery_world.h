// A world of participants that come, go, poll, do, fail, lie silent and repeat themselves, around one
// delivery; and a plain list of what it was told, against which every command and confirmation is held. A
// failed VOW_CHECK is a broken promise: tests make checks throw.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "coordinator/dispatch/delivery.h"

namespace vow::dispatch {

class DeliveryWorld {
 public:
  explicit DeliveryWorld(std::uint64_t seed);

  // Anything may happen.
  void disturb(int steps);
  // Nothing new is instructed. One instance of each resource keeps polling and succeeds; those that there are
  // go on as badly as they can. All must be confirmed in time, but for what is poisoned.
  void settle();

  // What occurred, so that a test can say that it was not blind.
  struct Seen {
    std::uint64_t confirmed = 0;
    std::uint64_t repeated = 0;
    std::uint64_t overdue = 0;
    std::uint64_t expired = 0;
    std::uint64_t cut_off = 0;
    std::uint64_t superseded = 0;
    std::uint64_t waited = 0;
  };
  [[nodiscard]] const Seen& seen() const { return seen_; }

 private:
  using Name = std::tuple<txn::Xid, txn::BranchName, txn::Nonce>;
  static Name name_of(const txn::Xid& xid, const txn::Preparation& preparation) {
    return {xid, preparation.branch, preparation.nonce};
  }
  struct Hand {
    txn::SessionNumber session;
    std::uint64_t since_ms = 0;
    bool given_back = false;
  };
  struct Told {
    txn::Instruction instruction;
    std::uint32_t attempts = 0;
    std::optional<Hand> last;
    std::uint64_t not_before_ms = 0;  // it failed
    bool poisoned = false;            // fails wherever it goes
    bool reported_done = false;
  };
  struct Process {
    enum class Manner : std::uint8_t { mixed, good, fails, refuses, mute, idle } manner = Manner::mixed;
    std::vector<Command> in_hand;
    std::optional<PollToken> polling;
    std::uint64_t over = 0;                     // the connection of its last poll
    std::optional<std::uint64_t> cut_off_at{};  // and has given no sign of life since
  };

  void step();
  void pass(std::uint64_t ms);
  void take();
  void take(const Delivery::Answered& answered);
  void take_command(txn::SessionNumber session, const Command& command);
  void instruct();
  void supersede();
  void open(Process::Manner manner, const std::vector<std::string>& resources);
  void poll(txn::SessionNumber session, Process& process);
  void report(txn::SessionNumber session, Process& process);
  void send(txn::SessionNumber session, const Command& command, bool done, bool elsewhere);
  void cut_off(txn::SessionNumber session);
  void forget();
  void retry();
  void check();
  [[nodiscard]] txn::SessionNumber any_session();
  [[nodiscard]] Told* find(const Command& command);

  static DeliveryOptions options(Random& random);

  Random random_;
  DeliveryOptions options_;
  Delivery delivery_;
  std::uint64_t now_ = 1'000;
  std::uint64_t last_session_ = 0;
  std::uint64_t last_token_ = 0;
  std::uint32_t last_sequence_ = 0;
  std::map<Name, Told> told_;
  std::map<txn::SessionNumber, Process> processes_;  // as they see themselves
  std::map<PollToken, txn::SessionNumber> polls_;    // not answered yet
  Seen seen_;
};

}  // namespace vow::dispatch
