// One leader's memory and replicated state: the product's own code, run on inputs, with its states numbered.
//
// Two histories that leave the same behind are one state, which stands for the shorter of them. What a state
// does with an input is found out once, by running the real OpenTransactions and Decisions on its history;
// from then on it is looked up. memory_test.cc shows that nothing that matters is left out of what makes two
// states the same.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "coordinator/txn/answer.h"
#include "tests/explore/input.h"

namespace vow::explore {

// What an input led to, besides a new state.
struct Reaction {
  std::uint16_t next = 0;
  std::uint8_t verdict = 0;  // txn::Verdict; 0: this input has no answer
  std::uint8_t settled = 0;  // one bit for each verdict that those who wait are told, as `said` in world.h
  Set proposed = 0;          // in a decision
  Set told_commit = 0;
  Set told_rollback = 0;
  Set told_prepare = 0;
  bool finished = false;
  bool changes = false;         // the state
  std::uint16_t complaint = 0;  // of a check that failed, if it is not zero
};

class RealLeader;

class Memory {
 public:
  using State = std::uint16_t;
  static constexpr State empty = 0;  // follows, and has applied nothing

  Memory(const Scope& scope, std::uint8_t own_term);
  ~Memory();

  [[nodiscard]] const Reaction& react(State state, Input input);
  [[nodiscard]] const std::string& complaint(const Reaction& reaction) const {
    return complaints_[reaction.complaint];
  }
  // Nothing is left to be done here, and nothing is remembered that should have gone.
  [[nodiscard]] bool is_idle(State state) const { return known_[state]->idle; }
  // In words.
  [[nodiscard]] std::string words(State state) const;
  [[nodiscard]] std::size_t size() const { return known_.size(); }
  // What a leader of this term answers to a question, if it can tell without having led: of a preparation, or
  // of the transaction if there is none.
  [[nodiscard]] txn::Verdict answer_following(State state, std::uint8_t preparation, std::uint8_t last_term);

 private:
  struct Known {
    State before = 0;
    Input input{};
    std::string key;
    bool idle = false;
    std::array<std::uint32_t, input_count>
        reactions{};  // by input, one more than its place; 0: not known yet
  };

  [[nodiscard]] std::unique_ptr<RealLeader> run_to(State state) const;
  State intern(const RealLeader& run, State before, Input input);

  Scope scope_;
  std::uint8_t own_term_;
  std::vector<std::unique_ptr<Known>> known_;
  std::unordered_map<std::string, State> by_key_;
  std::deque<Reaction> reactions_;
  std::vector<std::string> complaints_{""};
  std::unordered_map<std::uint32_t, txn::Verdict> following_;
};

}  // namespace vow::explore
