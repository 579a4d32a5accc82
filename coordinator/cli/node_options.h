// From what an operator configures to what each part of a node is told.
#pragma once

#include "coordinator/cli/serve_config.h"
#include "coordinator/dispatch/node_coordinator.h"
#include "coordinator/http/server.h"
#include "coordinator/node/node.h"
#include "coordinator/rpc/server.h"

namespace vow::cli {

using machine::MemberAddresses;

[[nodiscard]] txn::DecisionOptions decision_options(const ServeConfig& config);
[[nodiscard]] dispatch::CoordinatorOptions coordinator_options(const ServeConfig& config,
                                                               const MemberAddresses& own);
[[nodiscard]] node::Options node_options(const ServeConfig& config, NodeId self);
[[nodiscard]] rpc::ServerOptions client_server_options(const ServeConfig& config);
[[nodiscard]] http::Options http_server_options(const ServeConfig& config);

}  // namespace vow::cli
