// Somebody who looks: asks any node about any transaction, old and new, also about those of other cells, and
// settles nothing by it.
#pragma once

#include "tests/sim/cell/initiator.h"

namespace vow::sim::cell {

class Watcher final : public Client {
 public:
  Watcher(const Surroundings& around, NodeId id, std::string name, const Habits& habits, Time pause,
          const Business& business, Random random)
      : Client(around, id, std::move(name), habits, random), pause_(pause), business_(business) {}

 private:
  void started() override { again(); }
  void again();
  void ask();

  const Time pause_;
  const Business& business_;
};

}  // namespace vow::sim::cell
