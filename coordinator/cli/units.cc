#include "coordinator/cli/units.h"

#include <charconv>
#include <limits>
#include <span>

#include <fmt/format.h>

namespace vow::cli {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t worth;
};
constexpr Unit duration_units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit size_units[] = {{"", 1},
                               {"B", 1},
                               {"kB", 1000},
                               {"KB", 1000},
                               {"MB", 1'000'000},
                               {"GB", 1'000'000'000},
                               {"TB", 1'000'000'000'000},
                               {"KiB", 1ull << 10},
                               {"MiB", 1ull << 20},
                               {"GiB", 1ull << 30},
                               {"TiB", 1ull << 40}};

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units) {
  std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos) digits = text.size();
  const auto number = parse_count(text.substr(0, digits));
  if (!number) return std::nullopt;
  const std::string_view name = text.substr(digits);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (*number > std::numeric_limits<std::uint64_t>::max() / unit.worth) return std::nullopt;
    return *number * unit.worth;
  }
  return std::nullopt;
}

std::string format(std::uint64_t number, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.worth == 0 && unit.worth > best->worth) best = &unit;
  }
  return fmt::format("{}{}", number / best->worth, best->name);
}

}  // namespace

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_duration_ms(std::string_view text) {
  if (text == "0") return 0;
  return parse(text, duration_units);
}

std::optional<std::uint64_t> parse_size_bytes(std::string_view text) { return parse(text, size_units); }

std::string format_duration(std::uint64_t ms) { return format(ms, std::span(duration_units).first(4)); }

std::string format_size(std::uint64_t bytes) { return format(bytes, size_units); }

std::string about(std::uint64_t ms) {
  if (ms < 1000) return fmt::format("{}ms", ms);
  if (ms < 10'000) return fmt::format("{:.1f}s", static_cast<double>(ms) / 1000);
  const std::uint64_t s = ms / 1000;
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m {}s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{}h {}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d {}h", s / 86'400, s / 3600 % 24);
}

}  // namespace vow::cli
