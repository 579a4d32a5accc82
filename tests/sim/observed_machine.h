// Passes everything on to a state machine, and tells what it is about to apply and what it has applied.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "coordinator/node/state_machine.h"

namespace vow::sim {

class ObservedMachine final : public node::StateMachine {
 public:
  struct Observers {
    std::function<void(storage::LogPosition, std::string_view)> applying;
    std::function<void(storage::LogPosition)> applied_to;
  };

  ObservedMachine(node::StateMachine& inner, Observers observers)
      : inner_(inner), observers_(std::move(observers)) {}

  std::string apply(storage::LogPosition at, std::string_view command) override {
    observers_.applying(at, command);
    return inner_.apply(at, command);
  }
  void applied_to(storage::LogPosition at) override {
    inner_.applied_to(at);
    observers_.applied_to(at);
  }
  [[nodiscard]] std::unique_ptr<Frozen> freeze() override { return inner_.freeze(); }
  [[nodiscard]] std::unique_ptr<Loader> begin_load() override { return inner_.begin_load(); }
  void adopt(std::unique_ptr<Loader> loaded) override { inner_.adopt(std::move(loaded)); }

 private:
  node::StateMachine& inner_;
  Observers observers_;
};

}  // namespace vow::sim
