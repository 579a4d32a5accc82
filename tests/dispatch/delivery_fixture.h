// One delivery, a clock, and short ways to poll, report and look.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/dispatch/delivery_words.h"

namespace vow::dispatch {

class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() { restart(); }
  void restart() { delivery = std::make_unique<Delivery>(options, Random(3)); }

  void open(std::uint64_t session, const std::vector<std::string>& resources = {"stock"}) {
    OpenSession request{.process = "process-" + std::to_string(session), .serves = {}};
    for (const std::string& resource : resources) request.serves.push_back({resource, 1});
    delivery->open(txn::SessionNumber(session), request, now);
  }
  void instruct(const txn::Instruction& instruction) { delivery->instruct(instruction, now); }
  void report(std::uint64_t session, const Report& report) {
    delivery->report(txn::SessionNumber(session), report, now);
  }
  // Polls and leaves it; take() has the answers. The token says whose poll it is.
  PollToken poll(std::uint64_t session, std::uint32_t commands_max = 1'000, std::uint32_t wait_ms = 20'000,
                 std::uint64_t over = 1) {
    const PollToken token(session * polls_of_a_session + polls[session]++);
    delivery->poll({txn::SessionNumber(session), commands_max, wait_ms, over}, token, now);
    return token;
  }
  Delivery::Output take() {
    Delivery::Output output = delivery->take_output();
    delivery->check_invariants();
    return output;
  }
  // The commands that are there for a session: what its held poll gets, or another poll, which stays held.
  std::vector<Command> commands(std::uint64_t session, std::uint32_t commands_max = 1'000) {
    for (int n = 0; n < 2; ++n) {
      if (n == 1) poll(session, commands_max);
      for (Delivery::Answered& answered : take().polls) {
        if (answered.token.value() / polls_of_a_session == session && !answered.commands.empty())
          return answered.commands;
      }
    }
    return {};
  }
  std::vector<std::uint32_t> sequences(std::uint64_t session, std::uint32_t commands_max = 1'000) {
    std::vector<std::uint32_t> found;
    for (const Command& command : commands(session, commands_max)) found.push_back(command.xid.sequence);
    return found;
  }
  void pass(std::uint64_t ms) {
    for (const std::uint64_t until = now + ms; now < until;) {
      now = std::min(until, now + 10);
      delivery->tick(now);
    }
    delivery->check_invariants();
  }
  Delivery::Progress progress(std::uint32_t sequence) {
    return delivery->for_branch(xid_of(sequence), preparation_of("a")).value();
  }
  ResourceShown stock() { return delivery->resources(now).at(0); }

  using How = Delivery::Answered::How;
  using Sequences = std::vector<std::uint32_t>;
  static constexpr std::uint64_t polls_of_a_session = 1'000'000;
  DeliveryOptions options;
  std::unique_ptr<Delivery> delivery;
  std::uint64_t now = 1'000;
  std::map<std::uint64_t, std::uint64_t> polls;
};

}  // namespace vow::dispatch
