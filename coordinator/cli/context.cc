#include "coordinator/cli/context.h"

#include <array>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

namespace vow::cli {

Client Context::client() const {
  const auto variable = environment.find("VOW_AT");
  const bool by_variable = at.empty() && variable != environment.end() && !variable->second.empty();
  const std::string text = !at.empty() ? at : by_variable ? variable->second : "127.0.0.1:7480";
  const auto endpoints = parse_endpoints(text);
  if (!endpoints || endpoints->empty()) {
    throw CommandFailed({fmt::format("cannot use '{}'", text), by_variable ? "VOW_AT" : "--at",
                         "it must be HTTP addresses of nodes, with commas between them",
                         "For example: --at 127.0.0.1:7480,127.0.0.1:7490", "VOW-4005"});
  }
  return Client(Client::Options{*endpoints});
}

JsonObject Context::word(const std::string& what) const {
  if (reason.find_first_not_of(" \t") == std::string::npos) {
    throw CommandFailed({fmt::format("cannot {} without a reason", what), "--reason",
                         "what operators change by hand is recorded with who did it and why",
                         "Add --reason \"...\".", "VOW-4002"});
  }
  JsonObject object = json_object();
  object.set("who", who_am_i());
  object.set("why", reason);
  return object;
}

std::string who_am_i() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host.front() = '?';
  // Containers often run under numbers that have no name.
  const passwd* user = ::getpwuid(::geteuid());
  return fmt::format("{}@{}", user != nullptr ? user->pw_name : std::to_string(::geteuid()), host.data());
}

}  // namespace vow::cli
