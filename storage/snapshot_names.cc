#include "storage/snapshot_names.h"

#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace vow::storage::snapshot_names {
namespace {

constexpr std::string_view prefix = "snapshot-";
constexpr std::string_view partial_suffix = ".partial";
constexpr std::size_t digits = 16;

}  // namespace

std::string installed(const SnapshotId& id) {
  return fmt::format("{}{:016x}-{:016x}-{:016x}-{:016x}", prefix, id.at.index.value(), id.at.term.value(),
                     id.size, id.digest);
}

std::string partial(const SnapshotId& id) { return installed(id) + std::string(partial_suffix); }

std::optional<SnapshotId> parse_installed(const std::string& name) {
  std::array<std::uint64_t, 4> numbers{};
  if (name.size() != prefix.size() + numbers.size() * (digits + 1) - 1) return std::nullopt;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const char* begin = name.data() + prefix.size() + i * (digits + 1);
    std::from_chars(begin, begin + digits, numbers[i], 16);
  }
  const SnapshotId id{{Index(numbers[0]), Term(numbers[1])}, numbers[2], numbers[3]};
  // Whatever was not a number, or not written as we write it, shows here.
  return installed(id) == name ? std::optional(id) : std::nullopt;
}

std::optional<SnapshotId> parse_partial(const std::string& name) {
  if (!name.ends_with(partial_suffix)) return std::nullopt;
  return parse_installed(name.substr(0, name.size() - partial_suffix.size()));
}

}  // namespace vow::storage::snapshot_names
