// The demo: tells the story with Vow; with --without-vow also without, side by side. See `./dev help demo`.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include <fmt/format.h>
#include <unistd.h>

#include "tests/demo/story.h"

namespace vow::demo {
namespace {

struct Options {
  Plan plan;
  bool compares = false;
  bool keeps = false;
  std::string json;
};

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "demo: %s; './dev help demo' shows what it takes\n", why.c_str());
  std::exit(2);
}

Options parse(int count, char** arguments) {
  Options options;
  options.plan.seed = std::random_device()();
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    const auto value = [&] {
      return ++i < count ? std::string(arguments[i]) : (refuse(word + " needs a value"), "");
    };
    if (word == "--without-vow") {
      options.compares = true;
    } else if (word == "--keep") {
      options.keeps = true;
    } else if (word == "--db") {
      options.plan.database = value();
    } else if (word == "--charges") {
      options.plan.charges = value();
    } else if (word == "--seed") {
      options.plan.seed = std::strtoull(value().c_str(), nullptr, 10);
    } else if (word == "--json") {
      options.json = value();
    } else if (word == "--folder") {
      options.plan.folder = value();
    } else {
      refuse(fmt::format("it does not take '{}'", word));
    }
  }
  if (options.compares && options.plan.database != "sqlite") refuse("--without-vow is on sqlite alone");
  return options;
}

// An empty folder, in which the story is told.
Story& begin(std::optional<Story>& story, const Plan& plan, Teller& teller) {
  std::filesystem::remove_all(plan.folder);
  std::filesystem::create_directories(plan.folder);
  return story.emplace(plan, teller);
}

sigset_t endings() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

void print_side_by_side(const Outcome& without, const Outcome& with) {
  std::puts("\nThe same deaths, side by side:\n");
  fmt::print("   {:<48}{:>12}{:>12}\n", "", "without Vow", "with Vow");
  const auto row = [](const char* what, auto left, auto right) {
    fmt::print("   {:<48}{:>12}{:>12}\n", what, left, right);
  };
  row("orders booked", without.committed, with.committed);
  row("pieces missing", without.pieces_missing, with.pieces_missing);
  row("coins missing", without.coins_missing, with.coins_missing);
  row("orders promised to customers, and not there", without.promised_and_lost, with.promised_and_lost);
}

int run_demo(int count, char** arguments) {
  const Options options = parse(count, arguments);
  const sigset_t ends = endings();
  if (options.keeps) pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before threads begin
  const auto begun = std::chrono::steady_clock::now();
  Plan plan = options.plan;
  Teller teller(::isatty(1) != 0);
  fmt::print("Vow's demo (seed {})\n", plan.seed);
  std::optional<Outcome> without;
  if (options.compares) {
    std::puts("\nWithout Vow: each service commits its own part.");
    Plan bare = plan;
    bare.with_vow = false;
    bare.folder += "/without-vow";
    Teller other(::isatty(1) != 0);
    std::optional<Story> story;
    without = begin(story, bare, other).tell();
    std::puts("\nWith Vow:");
  }
  plan.folder += "/with-vow";
  std::optional<Story> story;
  const Outcome outcome = begin(story, plan, teller).tell();
  if (options.keeps) story->say_where_it_is();
  if (without) print_side_by_side(*without, outcome);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const bool is_well = outcome.is_conserved() && outcome.audit_holds && outcome.leftovers == 0 &&
                       outcome.unknown == 0 && teller.broken().empty();
  fmt::print("\n{} It took {:.0f} s.\n", is_well ? "All of it held." : "NOT all of it held.", seconds);
  std::string json = fmt::format(
      R"({{"orders":{},"committed":{},"rolled_back":{},"unknown":{},"conserved":{},"leftovers":{},"audit":{},"db":"{}","seed":{},"seconds":{:.1f})",
      outcome.orders, outcome.committed, outcome.rolled_back, outcome.unknown, outcome.is_conserved(),
      outcome.leftovers, outcome.audit_holds, plan.database, plan.seed, seconds);
  json += fmt::format(
      R"(,"books":{{"pieces_at_first":{},"in_stock":{},"bought":{},"coins_at_first":{},"in_accounts":{},"spent":{}}})",
      outcome.pieces_at_first, outcome.books.pieces, outcome.books.pieces_bought, outcome.coins_at_first,
      outcome.books.coins, outcome.books.coins_spent);
  if (options.keeps) {
    const auto& at = story->databases();
    json += fmt::format(R"(,"databases":{{"inventory":"{}","payments":"{}","orders":"{}"}})", at.inventory(),
                        at.payments(), at.orders());
  }
  if (without)
    json += fmt::format(
        R"(,"without_vow":{{"committed":{},"pieces_missing":{},"coins_missing":{},"promised_and_lost":{}}})",
        without->committed, without->pieces_missing, without->coins_missing, without->promised_and_lost);
  json += "}";
  std::puts(json.c_str());
  std::fflush(stdout);
  if (!options.json.empty()) std::ofstream(options.json) << json << "\n";
  int signal = 0;
  if (options.keeps) sigwait(&ends, &signal);
  return is_well ? 0 : 1;
}

}  // namespace
}  // namespace vow::demo

int main(int count, char** arguments) {
  try {
    return vow::demo::run_demo(count, arguments);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "demo: %s\n", why.what());
    return 1;
  }
}
