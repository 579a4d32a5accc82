// Addresses of peers, as operators write them: "host", "host:port", "10.0.0.1:7401", "[::1]:7401".
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "coordinator/base/result.h"

namespace vow::rpc {

inline constexpr std::uint16_t peer_port_default = 7401;

struct PeerAddress {
  std::string host;  // lower case, without brackets
  std::uint16_t port = peer_port_default;
  bool operator==(const PeerAddress&) const = default;
};

// Two ways to write one address print the same. (Two names of one host do not.)
[[nodiscard]] std::string to_string(const PeerAddress& address);
[[nodiscard]] Result<PeerAddress, std::string> parse_peer_address(std::string_view text);

// `cluster.initial`: each address as to_string() prints it, once.
using PeerList = std::set<std::string>;
[[nodiscard]] Result<PeerList, std::string> parse_peer_list(std::span<const std::string> addresses);
// "a:7401, b:7401"
[[nodiscard]] std::string to_string(const PeerList& list);

}  // namespace vow::rpc
