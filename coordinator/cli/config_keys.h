// Every key of the configuration: the one list from which flags, variables, the file's keys, checks, help and
// docs/configuration.md are made.
//
// A key `client.listen` is the flag `--client.listen`, the variable `VOW_CLIENT_LISTEN`, and in the file
// `client.listen`, or `listen` in the section `[client]`.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/cli/serve_config.h"

namespace vow::cli {

enum class Kind : std::uint8_t { text, yes_no, count, size, duration, address, addresses, choice };

// Where in the typed configuration a value goes.
using Target = std::variant<std::string*, bool*, std::uint64_t*, Endpoint*, std::vector<Endpoint>*>;

struct Key {
  std::string_view name;
  Kind kind = Kind::text;
  std::string_view fallback;  // the default
  std::string_view help;      // one line
  Target (*target)(ServeConfig&) = nullptr;
  // Counts, sizes in bytes, durations in milliseconds.
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::span<const std::string_view> choices{};
};

// In the order in which they are shown.
[[nodiscard]] std::span<const Key> config_keys();
// Null if there is none.
[[nodiscard]] const Key* find_key(std::string_view name);
// `delivery.policy.payments-db` is a key of its own for each resource; it is read and checked like
// `delivery.policy`. The resource's name, or empty if `name` is no such key.
[[nodiscard]] std::string_view resource_of_policy_key(std::string_view name);

[[nodiscard]] std::string flag_of(std::string_view key);
[[nodiscard]] std::string variable_of(std::string_view key);

// Stores the value. False if `text` is not of that kind or out of bounds; then nothing is changed.
[[nodiscard]] bool assign(const Key& key, std::string_view text, Target target);
// "a whole number, 1 to 64".
[[nodiscard]] std::string allowed(const Key& key);

}  // namespace vow::cli
