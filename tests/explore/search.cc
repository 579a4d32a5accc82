#include "tests/explore/search.h"

#include <algorithm>
#include <chrono>

#include "tests/explore/laws.h"
#include "tests/explore/model.h"
#include "tests/explore/seen.h"

namespace vow::explore {
namespace {

class Search {
 public:
  Search(const Scope& scope, const SearchOptions& options) : model_(scope), options_(options) {
    explored_.scope = scope.name;
  }

  Explored run() {
    const auto begun = std::chrono::steady_clock::now();
    try {
      const World first = model_.first();
      add(first, 0, {});
      frontier_.swap(next_);
      while (!frontier_.empty() && came_by_.size() < options_.states_max) next_depth();
      explored_.complete = frontier_.empty();
    } catch (const Broken& broken) {
      explored_.finding = Finding{broken.what(), way()};
    }
    explored_.states = came_by_.size();
    explored_.memories = model_.memories();
    explored_.verdicts = model_.verdicts();
    explored_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return std::move(explored_);
  }

 private:
  struct CameBy {
    std::uint32_t from = 0;
    Step step;
  };

  void add(const World& world, std::uint32_t from, Step step) {
    if (!seen_.insert(world.bytes())) return;
    came_by_.push_back({from, step});
    next_.push_back(world);
  }

  // All worlds one step further.
  void next_depth() {
    const auto first = static_cast<std::uint32_t>(came_by_.size() - frontier_.size());
    for (std::size_t i = 0; i < frontier_.size(); ++i) {
      const World& world = frontier_[i];
      at_ = first + static_cast<std::uint32_t>(i);
      last_ = std::nullopt;
      for (const bool fail_over : {false, true}) {
        healing_ = fail_over ? 2 : 1;
        model_.heal(world, fail_over);
        ++explored_.healed;
      }
      healing_ = 0;
      model_.possible(world, steps_);
      for (const Step& step : steps_) {
        last_ = step;
        const World after = model_.take(world, step);
        ++explored_.steps;
        if (after.bytes() == world.bytes()) continue;
        ++explored_.steps_of_kind[static_cast<std::size_t>(step.kind)];
        add(after, at_, step);
      }
    }
    ++explored_.depth;
    frontier_ = std::move(next_);
    next_.clear();
    if (options_.progress) options_.progress(came_by_.size(), explored_.depth);
  }

  // To the world at_, and the last step from there.
  [[nodiscard]] std::vector<std::string> way() {
    std::vector<Step> steps;
    if (last_) steps.push_back(*last_);
    for (std::uint32_t at = at_; at != 0; at = came_by_[at].from) steps.push_back(came_by_[at].step);
    std::reverse(steps.begin(), steps.end());
    std::vector<std::string> words;
    World world = model_.first();
    for (const Step& step : steps) {
      std::string& one = words.emplace_back();
      try {
        world = model_.take(world, step, &one);
      } catch (const Broken&) {
        break;
      }
    }
    if (healing_ == 1) words.emplace_back("nothing fails any more");
    if (healing_ == 2) words.emplace_back("the next leader takes over, and nothing fails any more");
    return words;
  }

  Model model_;
  const SearchOptions options_;
  Explored explored_;
  Seen seen_;
  std::vector<World> frontier_;
  std::vector<World> next_;
  std::vector<CameBy> came_by_;
  std::vector<Step> steps_;
  // Where it is, for the case that a law is broken there.
  std::uint32_t at_ = 0;
  std::optional<Step> last_;
  int healing_ = 0;
};

}  // namespace

Explored explore(const Scope& scope, const SearchOptions& options) { return Search(scope, options).run(); }

}  // namespace vow::explore
