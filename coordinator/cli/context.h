// What a verb works with: where it may write, what surrounds it, and what all verbs' flags say.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "coordinator/cli/client.h"
#include "coordinator/cli/complaint.h"
#include "coordinator/cli/config.h"

namespace vow::cli {

enum class Format : std::uint8_t { table, json };

struct Context {
  std::ostream& out;
  std::ostream& err;
  Environment environment{};
  bool colour = false;

  // Given by flags.
  Format format = Format::table;
  std::string at{};
  std::string reason{};

  // The verb that was chosen: run once the whole line is understood.
  std::function<Exit()> chosen{};

  // At --at, else VOW_AT, else this machine's default address.
  [[nodiscard]] Client client() const;
  // {"who":..., "why":...}; refused without a reason. `what` is the change: "resolve a branch".
  [[nodiscard]] JsonObject word(const std::string& what) const;
  [[nodiscard]] bool as_json() const { return format == Format::json; }
};

// user@host.
[[nodiscard]] std::string who_am_i();

}  // namespace vow::cli
