// The two headers in which a transaction travels (vow/call.h).
//
//   vow-context   1.<xid>.<path, 16 hexadecimal digits>
//   vow-branches  1.<branch>.<nonce in decimal>, once for each preparation, with commas between; "1" if there
//   is none. Nonce 0: a branch that several calls share, and that is not prepared yet
//
// The number before is the version of the form. Who reads a version that he does not know refuses it: a
// context that is half understood would lose work.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "participant-sdk/core/paths.h"

#include "vow/branch.h"
#include "vow/call.h"

namespace vow::sdk {

struct Context {
  std::string xid;
  Path path = root_path;
  bool operator==(const Context&) const = default;
};

[[nodiscard]] std::string encode(const Context& context);
[[nodiscard]] std::optional<Context> parse_context(std::string_view text);
// None: there is no such header, or it cannot be read.
[[nodiscard]] std::optional<Context> context_of(const headers& request);
[[nodiscard]] bool is_header(std::string_view name, std::string_view wanted);

[[nodiscard]] std::string encode(const std::vector<preparation>& branches);
// All of the transaction `xid`.
[[nodiscard]] std::optional<std::vector<preparation>> parse_branches(std::string_view text,
                                                                     const std::string& xid);

}  // namespace vow::sdk
