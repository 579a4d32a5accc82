// A host and a port: `127.0.0.1:7400`, `node-a:7401`, `[::1]:7480`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vow {

struct Endpoint {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  [[nodiscard]] bool is_set() const { return !host.empty(); }
  // It listens on every interface: good for listening, no address that others could dial.
  [[nodiscard]] bool is_any() const { return host == "0.0.0.0" || host == "::"; }
  bool operator==(const Endpoint&) const = default;
};

// An endpoint that is not set is empty text.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);
// Separated by commas, blanks around them ignored; empty text is an empty list.
[[nodiscard]] std::optional<std::vector<Endpoint>> parse_endpoints(std::string_view text);
[[nodiscard]] std::string to_string(const std::vector<Endpoint>& endpoints);

}  // namespace vow
