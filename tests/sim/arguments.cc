#include "tests/sim/arguments.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <thread>

#include <fmt/format.h>

namespace vow::sim {
namespace {

template <class T>
bool number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool without(std::string_view list, Restrictions& restrictions) {
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    const auto chaos = chaos_named(name);
    if (!chaos) return false;
    restrictions.without.insert(*chaos);
    list.remove_prefix(std::min(list.size(), name.size() + 1));
  }
  return true;
}

bool take(std::string_view option, std::string_view value, Arguments& arguments) {
  if (option == "--seeds") return number(value, arguments.seeds) && arguments.seeds > 0;
  if (option == "--first-seed") return number(value, arguments.first_seed.emplace());
  if (option == "--seed") return number(value, arguments.seed.emplace());
  if (option == "--jobs") return number(value, arguments.jobs) && arguments.jobs > 0;
  if (option == "--nodes-max") return number(value, arguments.restrictions.nodes_max.emplace());
  if (option == "--without") return without(value, arguments.restrictions);
  if (option == "--store") {
    arguments.restrictions.sqlite = value == "sqlite";
    return value == "sqlite" || value == "memory";
  }
  if (option == "--world") {
    arguments.restrictions.kind = value == "cell" ? Kind::cell : Kind::registers;
    return value == "cell" || value == "registers";
  }
  if (option == "--json")
    arguments.json = value;
  else if (option == "--plant")
    arguments.plant = value;
  else
    return false;
  return !value.empty();
}

}  // namespace

const char* const usage =
    "vow_sim: whole cells in virtual time, with everything going wrong\n"
    "\n"
    "  --seeds N         how many seeds to run (200)\n"
    "  --first-seed S    run S, S+1, ...; otherwise fresh ones\n"
    "  --seed S          run this one alone, and show what happens\n"
    "  --jobs J          how many at once (one for each processor)\n"
    "  --json FILE       write the last line to a file as well\n"
    "  --without A,B     leave out these kinds of faults\n"
    "  --nodes-max N     no more nodes than this at the beginning\n"
    "  --store KIND      memory or sqlite; otherwise drawn\n"
    "  --world KIND      registers or cell; otherwise drawn\n"
    "  --plant NAME      switch on a planted bug, find a seed that catches it, and show its shortest trace\n"
    "  --rare            say how often everything happened that must happen sometimes\n"
    "  --no-shrink       with --plant: only find a seed\n"
    "  --list-plants     the planted bugs\n"
    "\n"
    "The last line on stdout is one JSON object. The exit status is 0 only if no seed failed, and nothing "
    "that must\n"
    "happen sometimes was missing from 200 seeds or more; with --plant, only if the bug was caught.\n";

Result<Arguments, std::string> parse(int argc, const char* const* argv) {
  Arguments arguments;
  arguments.jobs = std::max(1u, std::thread::hardware_concurrency());
  for (int i = 1; i < argc; ++i) {
    std::string_view option = argv[i];
    if (option == "--help")
      arguments.help = true;
    else if (option == "--list-plants")
      arguments.list_plants = true;
    else if (option == "--rare")
      arguments.rare = true;
    else if (option == "--no-shrink")
      arguments.shrink = false;
    else {
      std::string_view value;
      if (const auto equals = option.find('='); equals != std::string_view::npos) {
        value = option.substr(equals + 1);
        option = option.substr(0, equals);
      } else if (i + 1 < argc) {
        value = argv[++i];
      }
      if (!take(option, value, arguments))
        return Failure{fmt::format("'{} {}' is not understood: see vow_sim --help", option, value)};
    }
  }
  return arguments;
}

}  // namespace vow::sim
