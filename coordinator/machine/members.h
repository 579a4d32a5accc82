// Where the members of a cell can be reached.
#pragma once

#include <map>
#include <string>

#include "coordinator/base/ids.h"

namespace vow::machine {

// Empty addresses are not known.
struct MemberAddresses {
  std::string peer;
  std::string client;
  std::string http;
  bool operator==(const MemberAddresses&) const = default;
};

using Members = std::map<NodeId, MemberAddresses>;

}  // namespace vow::machine
