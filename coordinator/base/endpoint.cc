#include "coordinator/base/endpoint.h"

#include <charconv>

#include <fmt/format.h>

namespace vow {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool is_host(std::string_view host, bool in_brackets) {
  if (host.empty()) return false;
  const std::string_view allowed = in_brackets
                                       ? "0123456789abcdefABCDEF:.%"
                                       : "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_";
  return host.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

std::string to_string(const Endpoint& endpoint) {
  if (!endpoint.is_set()) return {};
  const bool is_v6 = endpoint.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
               : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool is_port = !digits.empty() && problem == std::errc() && end == digits.data() + digits.size();
  if (!is_host(host, in_brackets) || !is_port) return std::nullopt;
  return Endpoint{std::string(host), port};
}

std::optional<std::vector<Endpoint>> parse_endpoints(std::string_view text) {
  std::vector<Endpoint> endpoints;
  if (trimmed(text).empty()) return endpoints;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto endpoint = parse_endpoint(trimmed(text.substr(0, comma)));
    if (!endpoint) return std::nullopt;
    endpoints.push_back(*endpoint);
    if (comma == std::string_view::npos) return endpoints;
    text.remove_prefix(comma + 1);
  }
}

std::string to_string(const std::vector<Endpoint>& endpoints) {
  std::string text;
  for (const Endpoint& endpoint : endpoints) text += (text.empty() ? "" : ",") + to_string(endpoint);
  return text;
}

}  // namespace vow
