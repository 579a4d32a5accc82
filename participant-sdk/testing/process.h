// A client under test, as if it were a process of its own: it can be killed at any of its steps.
//
//   alive ──a crash that is planned──▶ dying ──what it had sent has arrived──▶ dead
//
//   dying  its threads come to no further step
//   dead   nothing leaves it any more
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "participant-sdk/testing/stage.h"

namespace vow::testing {

class Process final : public sdk::Probe, public std::enable_shared_from_this<Process> {
 public:
  Process(std::string name, std::shared_ptr<Stage> stage)
      : name_(std::move(name)), stage_(std::move(stage)) {}

  void begin(sdk::Probed& client) override;
  void end() override;
  void reached(step at, sdk::Edge edge, const std::string& resource) override;
  void check_alive() override;
  [[nodiscard]] std::chrono::nanoseconds ahead() const override { return stage_->clock().ahead(); }
  [[nodiscard]] std::chrono::milliseconds aged(std::chrono::milliseconds age) const override {
    return stage_->clock().aged(age);
  }
  [[nodiscard]] std::unique_ptr<sdk::Gate> before(rpc::Caller& to) override;

  // --- for its wires
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Stage& stage() { return *stage_; }
  // It sends a call, whose arrival its end awaits. False: it is dead.
  [[nodiscard]] bool sends();
  // The call has ended.
  void arrived();
  [[nodiscard]] bool is_dead() const;

 private:
  enum class Life : std::uint8_t { alive, dying, dead };

  const std::string name_;
  const std::shared_ptr<Stage> stage_;
  sdk::Probed* client_ = nullptr;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Life life_ = Life::alive;
  step died_at_ = step::enlist;
  std::size_t on_their_way_ = 0;
};

}  // namespace vow::testing
