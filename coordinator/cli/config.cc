#include "coordinator/cli/config.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "coordinator/cli/config_keys.h"
#include "coordinator/cli/nearest.h"

namespace vow::cli {
namespace {

std::vector<std::string> key_names() {
  std::vector<std::string> names;
  for (const Key& key : config_keys()) names.emplace_back(key.name);
  return names;
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// NAME_SERVICE_HOST, NAME_PORT, NAME_PORT_7400_TCP_ADDR, ...: set for every service that stands beside ours.
bool is_from_kubernetes(std::string_view variable) {
  if (variable.find("_SERVICE_HOST") != std::string_view::npos) return true;
  if (variable.find("_SERVICE_PORT") != std::string_view::npos) return true;
  const std::size_t port = variable.find("_PORT");
  if (port == std::string_view::npos) return false;
  const std::string_view rest = variable.substr(port + 5);
  return rest.empty() || (rest.size() > 1 && rest[0] == '_' && rest[1] >= '0' && rest[1] <= '9');
}

bool is_in_a_section_of_ours(std::string_view variable) {
  return std::any_of(config_keys().begin(), config_keys().end(), [&](const Key& key) {
    return starts_with(variable, variable_of(key.name.substr(0, key.name.find('.'))) + "_");
  });
}

Complaint unknown_key(const Given& given) {
  return {
      fmt::format("there is no key {}", given.key), given.origin, "",
      fmt::format("Did you mean {}? docs/configuration.md lists them all.", nearest(given.key, key_names())),
      "VOW-1002"};
}

Complaint bad_value(const Key& key, const Given& given) {
  return {fmt::format("{} cannot be '{}'", given.key, given.value), given.origin,
          fmt::format("it must be {}", allowed(key)), fmt::format("Its default is '{}'.", key.fallback),
          "VOW-1003"};
}

// A policy of one resource is stored here; it has no place of its own in the list of keys.
std::optional<Complaint> take_policy(const Given& given, std::string_view resource, ServeConfig& config) {
  const Key& key = *find_key("delivery.policy");
  std::string policy;
  if (!assign(key, given.value, &policy)) return bad_value(key, given);
  config.delivery.policy_of[std::string(resource)] = policy;
  return std::nullopt;
}

Complaint contradiction(std::string what, std::string why, std::string todo) {
  return {std::move(what), "", std::move(why), std::move(todo), "VOW-1004"};
}

void must_be_dialled(const char* section, const Endpoint& address, std::vector<Complaint>& found) {
  if (!address.is_any()) return;
  found.push_back(contradiction(
      fmt::format("{}.advertise is not set", section),
      fmt::format("{}.listen is {}, which no other member can dial", section, to_string(address)),
      fmt::format("Set {}.advertise to the address by which others reach this node.", section)));
}

}  // namespace

ParsedFile given_by(const Environment& environment) {
  std::map<std::string, std::string, std::less<>> key_of;
  for (const Key& key : config_keys()) key_of[variable_of(key.name)] = key.name;
  std::vector<std::string> variables;
  for (const auto& [variable, key] : key_of) variables.push_back(variable);

  ParsedFile parsed;
  for (const auto& [variable, value] : environment) {
    if (const auto at = key_of.find(variable); at != key_of.end()) {
      parsed.given.push_back({at->second, value, variable});
      continue;
    }
    if (!starts_with(variable, "VOW_") || is_from_kubernetes(variable)) continue;
    const std::string meant = nearest(variable, variables);
    if (!is_in_a_section_of_ours(variable) && edits_between(variable, meant) > 2) continue;
    parsed.complaints.push_back({fmt::format("there is no variable {}", variable), "environment", "",
                                 fmt::format("Did you mean {}? Unset it otherwise.", meant), "VOW-1002"});
  }
  return parsed;
}

Result<EffectiveConfig, std::vector<Complaint>> resolve(const std::vector<Given>& given) {
  std::vector<Complaint> complaints;
  std::map<std::string, Given> in_force;  // later ones outweigh
  for (const Given& each : given) {
    if (find_key(each.key) == nullptr && resource_of_policy_key(each.key).empty())
      complaints.push_back(unknown_key(each));
    else
      in_force.insert_or_assign(each.key, each);
  }

  EffectiveConfig effective;
  for (const Key& key : config_keys()) {
    const auto at = in_force.find(std::string(key.name));
    const Given chosen = at != in_force.end()
                             ? at->second
                             : Given{std::string(key.name), std::string(key.fallback), "default"};
    if (!assign(key, chosen.value, key.target(effective.config)))
      complaints.push_back(bad_value(key, chosen));
    effective.settings.push_back({chosen.key, chosen.value, chosen.origin});
  }
  for (const auto& [name, chosen] : in_force) {
    const std::string_view resource = resource_of_policy_key(name);
    if (resource.empty()) continue;
    if (auto complaint = take_policy(chosen, resource, effective.config)) complaints.push_back(*complaint);
    effective.settings.push_back({chosen.key, chosen.value, chosen.origin});
  }

  ServeConfig& config = effective.config;
  if (!config.client.advertise.is_set()) config.client.advertise = config.client.listen;
  if (!config.peer.advertise.is_set()) config.peer.advertise = config.peer.listen;
  if (!config.http.advertise.is_set()) config.http.advertise = config.http.listen;
  if (complaints.empty()) complaints = contradictions(config);
  if (!complaints.empty()) return Failure{complaints};
  return effective;
}

std::vector<Complaint> contradictions(const ServeConfig& config) {
  std::vector<Complaint> found;
  if (config.raft.heartbeat_ticks * 2 >= config.raft.election_ticks) {
    found.push_back(contradiction(
        fmt::format("raft.heartbeat_ticks {} does not go with raft.election_ticks {}",
                    config.raft.heartbeat_ticks, config.raft.election_ticks),
        "one late heartbeat would already cause an election", "Keep it under half of raft.election_ticks."));
  }
  if (config.transactions.timeout_default_ms > config.transactions.timeout_max_ms) {
    found.push_back(contradiction("transactions.timeout_default is longer than transactions.timeout_max",
                                  "a transaction that names no time-out would always be refused",
                                  "Raise the second or lower the first."));
  }
  const auto& initial = config.cluster.initial;
  if (config.cluster.join && !initial.empty()) {
    found.push_back(contradiction("cluster.join and cluster.initial exclude each other",
                                  "a node either founds a cluster or waits to be added to one",
                                  "Founders have cluster.initial; a later member has cluster.join = true."));
  }
  if (config.cluster.join || initial.size() > 1) {
    must_be_dialled("client", config.client.advertise, found);
    must_be_dialled("peer", config.peer.advertise, found);
    must_be_dialled("http", config.http.advertise, found);
  }
  if (!initial.empty() && std::find(initial.begin(), initial.end(), config.peer.advertise) == initial.end()) {
    found.push_back(contradiction("cluster.initial does not name this node",
                                  fmt::format("its own peer address, {}, is not among {}",
                                              to_string(config.peer.advertise), to_string(initial)),
                                  "Set peer.advertise to this node's address exactly as the list has it."));
  }
  return found;
}

}  // namespace vow::cli
