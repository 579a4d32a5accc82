// Text that came from elsewhere, made fit to be shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vow::http {

// The same text, with U+FFFD in place of every byte that is not part of valid UTF-8.
[[nodiscard]] std::string as_utf8(std::string_view text);

// For error texts: quoted, valid UTF-8, without control characters, and cut short.
[[nodiscard]] std::string quoted(std::string_view text);

// The one among `known` that was probably meant; none if nothing is near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& known);

// "no such field \"nonse\"; did you mean \"nonce\"?", or what there is to choose from.
[[nodiscard]] std::string no_such(std::string_view kind, std::string_view word,
                                  const std::vector<std::string>& known);

}  // namespace vow::http
