// vow_explore: all schedules of a small world (docs/exploration.md). The last line it prints is one JSON
// object.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "tests/explore/plants.h"
#include "tests/explore/search.h"

namespace vow::explore {
namespace {

constexpr const char* usage =
    "vow_explore [--quick] [--jobs N] [--plant BUG] [--list-plants] [--json FILE]\n"
    "Takes the transactions' code through all schedules of a small world, and says whether any breaks a "
    "law.\n"
    "  --quick        the small scopes alone, some seconds\n"
    "  --jobs N       scopes explored at once (2)\n"
    "  --plant BUG    switches a planted mistake on and prints a shortest way to it: only "
    "vow_explore_planted\n"
    "  --list-plants  names them\n"
    "  --json FILE    writes the last line there too\n";

struct Arguments {
  bool help = false;
  bool list_plants = false;
  bool quick = false;
  std::size_t jobs = 2;
  std::string plant;
  std::string json;
  std::string mistake;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::string_view flag = argument.substr(0, argument.find('='));
    const auto value = [&]() -> std::string {
      if (flag.size() < argument.size()) return std::string(argument.substr(flag.size() + 1));
      if (i + 1 < argc) return argv[++i];
      arguments.mistake = fmt::format("{} needs a value", flag);
      return {};
    };
    if (flag == "--help") {
      arguments.help = true;
    } else if (flag == "--quick") {
      arguments.quick = true;
    } else if (flag == "--list-plants") {
      arguments.list_plants = true;
    } else if (flag == "--plant") {
      arguments.plant = value();
    } else if (flag == "--json") {
      arguments.json = value();
    } else if (flag == "--jobs") {
      arguments.jobs = std::strtoul(value().c_str(), nullptr, 10);
      if (arguments.jobs == 0) arguments.mistake = "--jobs needs a number from 1 on";
    } else {
      arguments.mistake = fmt::format("there is no option '{}': see --help", flag);
    }
  }
  return arguments;
}

void show(const Explored& explored) {
  fmt::print("{:20} {:>11} states, {:>12} steps, {:>3} deep, {:>9} runs to the end, {:6.1f} s, {}\n",
             explored.scope, explored.states, explored.steps, explored.depth, explored.healed,
             explored.seconds,
             explored.finding    ? "A LAW IS BROKEN"
             : explored.complete ? "complete"
                                 : "NOT complete: too many states");
  if (explored.finding) {
    std::size_t nth = 0;
    for (const std::string& step : explored.finding->steps) fmt::print("  {:>2}. {}\n", ++nth, step);
    fmt::print("  broken: {}\n", explored.finding->law);
  }
  std::fflush(stdout);
}

// Scope by scope, on several threads; no further ones after a finding.
std::vector<Explored> explore_all(const std::vector<Scope>& scopes, std::size_t jobs) {
  std::vector<Explored> all;
  std::mutex mutex;
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> found = false;
  const auto work = [&] {
    for (std::size_t i = next++; i < scopes.size() && !found; i = next++) {
      Explored explored = explore(scopes[i], {});
      const std::lock_guard lock(mutex);
      show(explored);
      found = found || explored.finding.has_value();
      all.push_back(std::move(explored));
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < jobs; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return all;
}

std::string json_of(const std::vector<Explored>& all, std::size_t scopes, const std::string& plant) {
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  std::uint64_t healed = 0;
  bool complete = all.size() == scopes;
  std::string broken;
  std::string each;
  for (const Explored& one : all) {
    states += one.states;
    steps += one.steps;
    healed += one.healed;
    complete = complete && one.complete;
    if (one.finding) broken = one.finding->law;
    each += fmt::format(
        R"({}{{"scope":"{}","states":{},"steps":{},"depth":{},"complete":{},"seconds":{:.1f}}})",
        each.empty() ? "" : ",", one.scope, one.states, one.steps, one.depth, one.complete, one.seconds);
  }
  const std::string planted =
      plant.empty() ? "" : fmt::format(R"("plant":"{}","caught":{},)", plant, !broken.empty());
  return fmt::format(
      R"({{"exhaustive":true,{}"complete":{},"states":{},"steps":{},"healed":{},"broken":"{}","scopes":[{}]}})",
      planted, complete, states, steps, healed, broken, each);
}

bool plant_bug([[maybe_unused]] const std::string& name) {
#ifdef VOW_PLANTS
  for (const Plant& one : plants()) {
    if (name != one.name) continue;
    plant::active = one.name;
    return true;
  }
  fmt::print(stderr, "vow_explore: there is no planted bug '{}': see --list-plants\n", name);
#else
  fmt::print(stderr, "vow_explore: no bugs are compiled into this program: use vow_explore_planted\n");
#endif
  return false;
}

int run(const Arguments& arguments) {
  if (!arguments.mistake.empty()) return fmt::print(stderr, "vow_explore: {}\n", arguments.mistake), 2;
  if (arguments.help) return fmt::print("{}", usage), 0;
  if (arguments.list_plants) {
    for (const Plant& one : plants()) fmt::print("{:36} {}\n", one.name, one.words);
    return 0;
  }
  if (!arguments.plant.empty() && !plant_bug(arguments.plant)) return 2;
  make_checks_throw();
  // A mistake shows in the small scopes already, and there by the shortest ways.
  const bool small = arguments.quick || !arguments.plant.empty();
  const auto chosen = small ? quick_scopes() : full_scopes();
  const std::vector<Scope> scopes(chosen.begin(), chosen.end());
  const std::vector<Explored> all = explore_all(scopes, arguments.jobs);
  const std::string json = json_of(all, scopes.size(), arguments.plant);
  if (!arguments.json.empty()) std::ofstream(arguments.json) << json << '\n';
  fmt::print("{}\n", json);
  bool found = false;
  bool complete = all.size() == scopes.size();
  for (const Explored& one : all) {
    found = found || one.finding.has_value();
    complete = complete && one.complete;
  }
  if (!arguments.plant.empty()) return found ? 0 : 1;
  return !found && complete ? 0 : 1;
}

}  // namespace
}  // namespace vow::explore

int main(int argc, char** argv) { return vow::explore::run(vow::explore::parse(argc, argv)); }
