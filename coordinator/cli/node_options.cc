#include "coordinator/cli/node_options.h"

#include "coordinator/base/check.h"

namespace vow::cli {
namespace {

dispatch::Policy policy_of(const std::string& name) {
  const auto policy = dispatch::policy_named(name);
  VOW_CHECK(policy.has_value(), "the configuration was checked, and there is no policy {}", name);
  return *policy;
}

}  // namespace

txn::DecisionOptions decision_options(const ServeConfig& config) {
  return {.grace_ms = config.transactions.grace_ms};
}

dispatch::CoordinatorOptions coordinator_options(const ServeConfig& config, const MemberAddresses& own) {
  dispatch::CoordinatorOptions options;
  options.own_addresses = own;

  dispatch::LeadershipOptions& leading = options.leadership;
  leading.sessions_max = config.sessions.max;
  leading.timeout_s_default = static_cast<std::uint32_t>(config.transactions.timeout_default_ms / 1000);
  leading.committed_bits_bytes = config.memory.committed_bits_bytes;
  leading.open.open_max = config.transactions.open_max;
  leading.open.marks_max = config.transactions.marks_max;
  leading.open.undelivered_max = config.transactions.undelivered_max;
  leading.open.branches_max = config.transactions.branches_max;
  leading.open.resources_max = config.transactions.resources_max;
  leading.open.timeout_s_max = static_cast<std::uint32_t>(config.transactions.timeout_max_ms / 1000);

  dispatch::DeliveryOptions& delivery = leading.delivery;
  delivery.session_expires_ms = config.sessions.expires_after_ms;
  delivery.report_timeout_ms = config.delivery.report_timeout_ms;
  delivery.backoff.cap_ms = config.delivery.backoff_max_ms;
  delivery.in_flight_max = config.delivery.in_flight_max;
  delivery.backlog_max = config.delivery.backlog_max;
  delivery.policy = policy_of(config.delivery.policy);
  for (const auto& [resource, policy] : config.delivery.policy_of)
    delivery.policies[resource] = policy_of(policy);
  return options;
}

node::Options node_options(const ServeConfig& config, NodeId self) {
  node::Options options;
  options.raft.self = self;
  options.raft.election_ticks = static_cast<std::uint32_t>(config.raft.election_ticks);
  options.raft.heartbeat_ticks = static_cast<std::uint32_t>(config.raft.heartbeat_ticks);
  options.snapshot_entries = config.log.snapshot_entries;
  options.snapshot_bytes = config.log.snapshot_bytes;
  options.log_keep_entries = config.log.keep_entries;
  return options;
}

rpc::ServerOptions client_server_options(const ServeConfig& config) {
  rpc::ServerOptions options;
  options.address = config.client.listen.host;
  options.port = config.client.listen.port;
  options.io_threads = config.client.threads;
  options.connections_max = config.client.connections_max;
  options.frame_bytes_max = static_cast<std::uint32_t>(config.client.frame_bytes_max);
  return options;
}

http::Options http_server_options(const ServeConfig& config) {
  http::Options options;
  options.address = config.http.listen.host;
  options.port = config.http.listen.port;
  options.threads_max = config.http.threads;
  // Some are kept for health and for what is answered at once; the rest may wait.
  constexpr std::size_t kept = 8;
  options.waits_max = (config.http.threads - kept) / 2;
  options.polls_max = options.waits_max;
  options.connections_max = config.http.connections_max;
  return options;
}

}  // namespace vow::cli
