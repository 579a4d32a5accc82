// Founding under crashes, lost disks and delays, by many random schedules. The oracle: no two disks ever hold
// different cells; and once faults stop, every node has the cell, or was refused by one that has it.
#include <algorithm>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/base/random.h"
#include "coordinator/rpc/meet.h"

namespace vow::rpc {
namespace {

struct Answered {
  std::uint64_t asked_by_process;
  std::size_t at;
  MeetAnswer answer;
};

// One machine: what survives a crash, and the process that runs there, if one does.
struct Machine {
  NodeId id;
  std::optional<BeginCell> disk;
  std::uint64_t process = 0;  // 0: down
  std::optional<Meet> meet;   // the process runs and has no cell yet
  std::optional<BeginCell> being_written;
  bool refused = false;
  std::vector<bool> asking;  // by address: a question is on its way
};

struct Question {
  std::uint64_t asked_by_process;
  std::size_t by;
  std::size_t at;
};

class World {
 public:
  World(std::uint64_t seed, std::size_t size)
      : random_(seed), one_fault_in_(random_.between(50, 1000)), machines_(size) {
    for (std::size_t i = 0; i < size; ++i) addresses_.insert(address(i));
    for (std::size_t i = 0; i < size; ++i) wipe(i);
  }

  void step_with_faults() {
    const std::size_t i = random_.below(machines_.size());
    const std::uint64_t what = random_.below(one_fault_in_);
    if (what == 0) {
      crash(i);
    } else if (what == 1) {
      crash(i);
      wipe(i);
      ++wipes;
    } else if (what < 12 && !answers_.empty()) {
      give_up(random_.below(answers_.size()));
    } else {
      step(i);
    }
  }
  // Who was refused has ended, and is started again now and then.
  void step_without_faults() {
    const std::size_t i = random_.below(machines_.size());
    if (machines_[i].refused && random_.chance(0.01)) crash(i);
    step(i);
  }

  // Everyone has the cell, or was refused since there is one without it.
  [[nodiscard]] bool settled() const {
    return std::all_of(machines_.begin(), machines_.end(), [this](const Machine& machine) {
      return machine.process != 0 && (machine.disk || (machine.refused && founded_without(machine)));
    });
  }
  // No two disks hold different cells, and a cell's members are where it says.
  void check() const {
    const Machine* first = nullptr;
    for (const Machine& machine : machines_) {
      if (!machine.disk) continue;
      ASSERT_TRUE(machine.disk->cell.members.contains(machine.id));
      if (first == nullptr) first = &machine;
      ASSERT_EQ(machine.disk->cell, first->disk->cell) << "two cells of one list";
      ASSERT_TRUE(machine.disk->with_first_members);
    }
  }
  [[nodiscard]] std::size_t founded() const {
    return std::count_if(machines_.begin(), machines_.end(),
                         [](const Machine& m) { return m.disk.has_value(); });
  }
  [[nodiscard]] std::size_t refused() const {
    return std::count_if(machines_.begin(), machines_.end(), [](const Machine& m) { return m.refused; });
  }

  std::size_t wipes = 0;

 private:
  static std::string address(std::size_t i) { return std::string(1, static_cast<char>('a' + i)) + ":7401"; }

  [[nodiscard]] bool founded_without(const Machine& machine) const {
    return std::any_of(machines_.begin(), machines_.end(), [&](const Machine& other) {
      return other.disk && !other.disk->cell.members.contains(machine.id);
    });
  }
  void wipe(std::size_t i) {
    machines_[i].id = NodeId(++ids_);
    machines_[i].disk.reset();
  }
  void crash(std::size_t i) {
    Machine& machine = machines_[i];
    Machine crashed;
    crashed.id = machine.id;
    crashed.disk = machine.being_written && random_.chance(0.5) ? machine.being_written : machine.disk;
    machine = std::move(crashed);
  }
  void start(std::size_t i) {
    Machine& machine = machines_[i];
    machine.process = ++processes_;
    machine.asking.assign(machines_.size(), false);
    if (!machine.disk) machine.meet.emplace(machine.id, machine.process, addresses_);
  }
  [[nodiscard]] MeetAnswer answer_of(const Machine& machine) const {
    if (machine.disk) {
      return {.node = machine.id,
              .process = machine.process,
              .initial = {},
              .seen = {},
              .formed = machine.disk->cell};
    }
    return machine.meet->answer();
  }

  void step(std::size_t i) {
    Machine& machine = machines_[i];
    if (machine.process == 0) return start(i);
    const std::uint64_t what = random_.below(10);
    if (what < 4) {
      ask(i, random_.below(machines_.size()));
    } else if (what < 6 && !questions_.empty()) {
      be_asked(random_.below(questions_.size()));
    } else if (what < 8 && !answers_.empty()) {
      hear(random_.below(answers_.size()));
    } else if (machine.being_written) {
      machine.disk = machine.being_written;
      machine.being_written.reset();
      machine.meet.reset();
    } else if (machine.meet && !machine.refused) {
      const MeetStep next = machine.meet->step();
      if (const auto* begin = std::get_if<BeginCell>(&next)) machine.being_written = *begin;
      if (std::holds_alternative<RefuseToMeet>(next)) machine.refused = true;
    }
  }
  void ask(std::size_t by, std::size_t at) {
    Machine& machine = machines_[by];
    if (!machine.meet || machine.being_written || machine.asking[at]) return;
    machine.asking[at] = true;
    questions_.push_back({machine.process, by, at});
  }
  void be_asked(std::size_t nth) {
    const Question question = questions_[nth];
    questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(nth));
    const Machine& asked = machines_[question.at];
    if (asked.process == 0) {
      if (Machine* asker = process(question.asked_by_process)) asker->asking[question.at] = false;
      return;
    }
    answers_.push_back({question.asked_by_process, question.at, answer_of(asked)});
  }
  void hear(std::size_t nth) {
    const Answered heard = answers_[nth];
    answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(nth));
    Machine* asker = process(heard.asked_by_process);
    if (asker == nullptr) return;
    asker->asking[heard.at] = false;
    if (asker->meet && !asker->being_written) asker->meet->heard(address(heard.at), heard.answer);
  }
  void give_up(std::size_t nth) {
    if (Machine* asker = process(answers_[nth].asked_by_process)) asker->asking[answers_[nth].at] = false;
    answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(nth));
  }
  Machine* process(std::uint64_t process) {
    const auto found = std::find_if(machines_.begin(), machines_.end(),
                                    [&](const Machine& machine) { return machine.process == process; });
    return found == machines_.end() ? nullptr : &*found;
  }

  Random random_;
  const std::uint64_t one_fault_in_;  // steps, for crashes and for lost disks
  std::vector<Machine> machines_;
  PeerList addresses_;
  std::vector<Question> questions_;
  std::vector<Answered> answers_;
  std::uint64_t ids_ = 0;
  std::uint64_t processes_ = 0;
};

TEST(MeetSchedules, NoTwoCellsAndEveryoneHasOneOrIsRefused) {
  std::size_t worlds_with_wipes = 0;
  std::size_t worlds_with_refused = 0;
  std::size_t worlds_founded_by_all = 0;
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    World world(seed, 2 + seed % 4);
    for (std::uint64_t i = 0; i < 50 + seed % 1000; ++i) {
      world.step_with_faults();
      ASSERT_NO_FATAL_FAILURE(world.check());
    }
    for (int i = 0; i < 20'000 && !world.settled(); ++i) {
      world.step_without_faults();
      ASSERT_NO_FATAL_FAILURE(world.check());
    }
    ASSERT_TRUE(world.settled()) << "somebody waits for ever, or is refused without reason";
    ASSERT_GT(world.founded(), 0U);
    worlds_with_wipes += world.wipes > 0 ? 1 : 0;
    worlds_with_refused += world.refused() > 0 ? 1 : 0;
    worlds_founded_by_all += world.refused() == 0 ? 1 : 0;
  }
  EXPECT_GT(worlds_with_wipes, 1000U);
  EXPECT_GT(worlds_with_refused, 1000U);
  EXPECT_GT(worlds_founded_by_all, 1000U);
}

}  // namespace
}  // namespace vow::rpc
