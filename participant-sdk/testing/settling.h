// What a cluster still has to do before it is at rest.
#pragma once

#include <string>
#include <vector>

#include "coordinator/dispatch/node_coordinator.h"
#include "participant-sdk/testing/stage.h"

namespace vow::testing {

// A line for people about each thing. Of a coordinator, on its loop.
[[nodiscard]] std::vector<std::string> unfinished_of(const dispatch::NodeCoordinator& coordinator);
// Of the clients, and of the databases that they serve: those look through them, and end what they find.
[[nodiscard]] std::vector<std::string> left_with(Stage& clients);

}  // namespace vow::testing
