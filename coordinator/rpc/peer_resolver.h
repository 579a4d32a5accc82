// From a peer's name to its network addresses, without keeping anyone waiting.
//
// Names are looked up by the C library, as everything else on the machine does it, which may take many
// seconds when a name server is silent. So that happens on a thread of its own, `vow-names`, one name after
// another. An address in numbers is never looked up.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "coordinator/base/result.h"
#include "coordinator/rpc/peer_address.h"

namespace vow::rpc {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

using Resolved = Result<std::vector<SocketAddress>, std::string>;

// Blocks while a name is looked up.
[[nodiscard]] Resolved resolve(const PeerAddress& address);

class PeerResolver {
 public:
  using Done = std::function<void(Resolved)>;

  PeerResolver();
  // Does not wait for the name that is being looked up; nothing is called any more.
  ~PeerResolver();
  PeerResolver(const PeerResolver&) = delete;
  PeerResolver& operator=(const PeerResolver&) = delete;

  // `done` is called at once for an address in numbers, else later, on the resolver's thread.
  void resolve(const PeerAddress& address, Done done);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace vow::rpc
