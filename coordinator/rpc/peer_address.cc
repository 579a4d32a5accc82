#include "coordinator/rpc/peer_address.h"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "coordinator/base/limits.h"

namespace vow::rpc {
namespace {

Failure<std::string> not_an_address(std::string_view text, std::string_view why) {
  return Failure{
      fmt::format("'{}' is not the address of a peer: {}; write host:port, such as node-b:7401", text, why)};
}

bool may_be_in_host(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':';
}

}  // namespace

std::string to_string(const PeerAddress& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", address.host, address.port)
               : fmt::format("{}:{}", address.host, address.port);
}

Result<PeerAddress, std::string> parse_peer_address(std::string_view text) {
  constexpr std::size_t host_size_max = 253;
  constexpr std::string_view blank = " \t";
  std::string_view rest = text;
  rest.remove_prefix(std::min(rest.find_first_not_of(blank), rest.size()));
  rest = rest.substr(0, rest.find_last_not_of(blank) + 1);

  PeerAddress address;
  const bool bracketed = rest.starts_with('[');
  const std::size_t host_end = bracketed ? rest.find(']') : rest.find(':');
  if (bracketed && host_end == std::string_view::npos) return not_an_address(text, "']' is missing");
  for (const char c : rest.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0)))
    address.host.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  if (address.host.empty()) return not_an_address(text, "it names no host");
  if (address.host.size() > host_size_max) return not_an_address(text, "the host's name is too long");
  for (const char c : address.host) {
    if (!may_be_in_host(c))
      return not_an_address(text, fmt::format("'{}' cannot be part of a host's name", c));
  }

  rest = host_end == std::string_view::npos ? "" : rest.substr(host_end + (bracketed ? 1 : 0));
  if (rest.empty()) return address;
  const char* const end = rest.data() + rest.size();
  if (const auto [at, error] = std::from_chars(rest.data() + 1, end, address.port);
      rest.front() != ':' || error != std::errc() || at != end || address.port == 0) {
    return not_an_address(text, bracketed || rest.find(':', 1) == std::string_view::npos
                                    ? "the port is not a number from 1 to 65535"
                                    : "an IPv6 address stands in brackets");
  }
  return address;
}

Result<PeerList, std::string> parse_peer_list(std::span<const std::string> addresses) {
  PeerList list;
  for (const std::string& each : addresses) {
    const auto address = parse_peer_address(each);
    if (!address) return Failure{address.error()};
    list.insert(to_string(*address));
  }
  if (list.size() > limits::members_max) {
    return Failure{fmt::format("{} initial members are too many: a cell has at most {}", list.size(),
                               limits::members_max)};
  }
  return list;
}

std::string to_string(const PeerList& list) { return fmt::format("{}", fmt::join(list, ", ")); }

}  // namespace vow::rpc
