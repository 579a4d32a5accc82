// Whoever is killed at whatever step: all agree, nothing is left prepared, and each effect happened once.
//
// A transaction leaves an effect in the initiator's database and one in the participant's, which it calls. At
// a step of one of the two, somebody is killed: the process of the one or the other, the coordinator's
// leader, or the database server; in some cases somebody else at another step too. Then all is mended, and
// looked at.
//
// VOW_MATRIX=all plays each step with each victim in each mode, and many pairs. VOW_MATRIX_CASE plays those
// whose description has that text; with VOW_ACTOR_LOG the processes say what they do.
#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "tests/sdk/matrix/actor.h"
#include "tests/sdk/matrix/stage.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

enum class Victim : std::uint8_t { initiator, participant, leader, database };
constexpr const char* victim_names[] = {"the initiator", "the participant", "the leader", "the database"};

struct Point {
  Side side;
  std::string step;  // "before prepare"
};

struct Kill {
  Point at;
  Victim victim;
};

struct Case {
  std::string mode;
  std::vector<Kill> kills;
};

std::string describe(const Case& of) {
  std::string text = of.mode;
  for (const Kill& kill : of.kills) {
    text += std::string(", ") + (kill.at.side == Side::initiator ? "initiator " : "participant ") +
            kill.at.step + ": kill " + victim_names[static_cast<int>(kill.victim)];
  }
  return text;
}

std::vector<Point> all_points() {
  std::vector<Point> all;
  for (const char* step : {"enlist", "prepare", "vote", "commit", "decide", "end", "acknowledge"}) {
    for (const char* edge : {"before ", "after "}) {
      all.push_back({Side::initiator, std::string(edge) + step});
      const bool asks_to_commit = std::string(step) == "commit" || std::string(step) == "decide";
      if (!asks_to_commit) all.push_back({Side::participant, std::string(edge) + step});
    }
  }
  return all;
}

std::vector<Case> all_cases(bool has_server, bool everything) {
  const std::vector<Point> points = all_points();
  const std::vector<std::string> modes{"xa", "tcc", "hooks"};
  const std::size_t victims = has_server ? 4 : 3;
  std::vector<Case> all;
  const auto kill = [&](std::size_t point, std::size_t victim) {
    return Kill{points[point % points.size()], static_cast<Victim>(victim % victims)};
  };
  for (std::size_t p = 0; p < points.size(); ++p) {
    for (std::size_t v = 0; v < victims; ++v) {
      for (std::size_t m = 0; m < modes.size(); ++m) {
        const bool is_chosen = (p + v) % 3 == 0 && (p / 3 + v) % 3 == m;
        if (everything || is_chosen) all.push_back({modes[m], {kill(p, v)}});
      }
    }
    // Somebody else, at a later step.
    for (std::size_t further = 1; further < points.size(); ++further) {
      const bool is_chosen = p % 2 == 0 && further == 1 + p % 5;
      if (!is_chosen && !(everything && further % 5 == p % 5)) continue;
      all.push_back(
          {modes[(p + further) % 3], {kill(p, p + further), kill(p + further, p + 2 * further + 1)}});
    }
  }
  return all;
}

class Matrix : public ::testing::TestWithParam<const char*> {
 protected:
  using Words = std::vector<std::string>;

  std::unique_ptr<Actor> start(Side side, const Case& of, int number) {
    const PlaceOptions how = stage_->place(side, of.mode);
    std::string points;
    for (const Kill& kill : of.kills) {
      if (kill.at.side == side) points += (points.empty() ? "" : ",") + kill.at.step;
    }
    const bool serves = side == Side::participant && number != 0;
    auto actor = std::make_unique<Actor>(Words{VOW_ACTOR, serves ? "participant" : "initiator",
                                               stage_->coordinators(), how.database, how.mode, how.address,
                                               how.schema, how.directory, how.resource, stage_->socket(),
                                               std::to_string(number), number == 0 ? "" : points});
    if (!hears(*actor, "ready")) throw std::runtime_error("a process did not start");
    return actor;
  }
  static bool hears(Actor& actor, const std::string& wanted) {
    const auto until = Clock::now() + 30s;
    while (Clock::now() < until) {
      if (const auto line = actor.heard()) return *line == wanted;
      pollfd voice{actor.voice(), POLLIN, 0};
      ::poll(&voice, 1, 1'000);
    }
    return false;
  }

  void kill(Victim victim) {
    switch (victim) {
      case Victim::initiator:
        return initiator_->kill();
      case Victim::participant:
        return participant_->kill();
      case Victim::leader:
        return stage_->kill_leader();
      case Victim::database:
        return stage_->kill_database();
    }
  }
  // One of them has come to a point.
  void at_point(Actor& who, Side side, const std::string& step, const Case& of) {
    for (const Kill& each : of.kills) {
      if (each.at.side != side || each.at.step != step) continue;
      kill(each.victim);
      ++kills_;
    }
    if (who.is_alive()) who.go_on();
  }
  // What the initiator said at its end; nothing if it was killed.
  std::string play(const Case& of) {
    const auto until = Clock::now() + 60s;
    while (Clock::now() < until) {
      for (const Side side : {Side::initiator, Side::participant}) {
        Actor& who = side == Side::initiator ? *initiator_ : *participant_;
        while (const auto line = who.heard()) {
          if (!line->starts_with("at ")) return *line;
          at_point(who, side, line->substr(3), of);
        }
      }
      if (!initiator_->is_alive()) return {};
      pollfd voices[] = {{initiator_->voice(), POLLIN, 0}, {participant_->voice(), POLLIN, 0}};
      ::poll(voices, participant_->is_alive() ? 2 : 1, 100);
    }
    ADD_FAILURE() << "the initiator did not come to an end";
    return {};
  }
  // Those that live go on; in the place of those that were killed come others.
  void mend(const Case& of) {
    stage_->heal();
    if (!initiator_->is_alive()) initiator_ = start(Side::initiator, of, 0);
    if (!participant_->is_alive()) participant_ = start(Side::participant, of, 0);
  }
  bool comes_to_rest(const Case& of) {
    const auto until = Clock::now() + 30s;
    while (Clock::now() < until) {
      // Phase two may come to points still.
      for (Actor* who : {initiator_.get(), participant_.get()}) {
        while (const auto line = who->heard()) {
          const Side side = who == initiator_.get() ? Side::initiator : Side::participant;
          if (line->starts_with("at ")) at_point(*who, side, line->substr(3), of);
        }
      }
      mend(of);
      if (stage_->leftovers() == 0 && stage_->unfinished() == 0) return true;
      ::poll(nullptr, 0, 20);
    }
    return false;
  }

  void run(const Case& of) {
    SCOPED_TRACE(describe(of));
    const int number = ++number_;
    kills_ = 0;
    participant_ = start(Side::participant, of, number);
    initiator_ = start(Side::initiator, of, number);
    const std::string said = play(of);
    mend(of);
    EXPECT_TRUE(comes_to_rest(of)) << stage_->leftovers() << " left, " << stage_->unfinished()
                                   << " unfinished";
    const int here = stage_->effects(Side::initiator, number);
    const int there = stage_->effects(Side::participant, number);
    EXPECT_EQ(here, there) << said;
    EXPECT_LE(here, 1);
    if (said == "committed") {
      EXPECT_EQ(here, 1);
    }
    if (said == "rolled back") {
      EXPECT_EQ(here, 0);
    }
    if (of.kills.size() == 1) {
      EXPECT_EQ(kills_, 1) << "nobody came to that point";
    }
    committed_ += here;
    initiator_.reset();
    participant_.reset();
  }

  static inline int number_ = 0;
  const std::unique_ptr<Stage> stage_ = Stage::make(GetParam());
  std::unique_ptr<Actor> initiator_;
  std::unique_ptr<Actor> participant_;
  int kills_ = 0;
  int committed_ = 0;
};

TEST_P(Matrix, AllAgreeWhoeverIsKilled) {
  const bool everything = std::getenv("VOW_MATRIX") != nullptr;
  const std::vector<Case> cases = all_cases(std::string(GetParam()) != "sqlite", everything);
  const char* const only = std::getenv("VOW_MATRIX_CASE");  // a part of its description
  for (const Case& each : cases) {
    if (only != nullptr && describe(each).find(only) == std::string::npos) continue;
    const auto began = Clock::now();
    run(each);
    std::printf("%4lld ms  %s\n", static_cast<long long>((Clock::now() - began) / 1ms),
                describe(each).c_str());
    std::fflush(stdout);
    if (HasFatalFailure()) break;
  }
  if (only != nullptr) return;
  EXPECT_GT(committed_, 0) << "no kill came late enough";
  EXPECT_LT(committed_, static_cast<int>(cases.size())) << "no kill came early enough";
}

INSTANTIATE_TEST_SUITE_P(On, Matrix, ::testing::Values("postgres", "mysql", "sqlite"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace vow::sdk
