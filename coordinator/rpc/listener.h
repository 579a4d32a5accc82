// Accepts connections on one I/O thread and deals them out.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "coordinator/rpc/io_thread.h"

namespace vow::rpc {

class Listener {
 public:
  // Lives on `on`, which must not run yet, or not any more.
  Listener(ServerCore& core, Socket socket, IoThread& on, const std::vector<std::shared_ptr<IoThread>>& ios);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  void accept_all();
  void admit(Socket accepted);

  ServerCore& core_;
  const Socket socket_;
  const std::vector<std::shared_ptr<IoThread>>& ios_;
  std::size_t next_ = 0;
  Event acceptable_;  // before the socket is closed, it is let go of
  Event retry_;
};

}  // namespace vow::rpc
