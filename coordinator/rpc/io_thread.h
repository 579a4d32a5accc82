// One I/O thread of a server: an event loop and the connections that were given to it.
//
// A turn: wait for events, read what came, hand it over as calls, let the service end its burst, run what
// other threads posted, and then send, once for each connection, all that gathered for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/rpc/connection.h"
#include "coordinator/rpc/events.h"
#include "coordinator/rpc/server_core.h"

namespace vow::rpc {

class IoThread final : public Io {
 public:
  IoThread(ServerCore& core, std::uint32_t index);
  ~IoThread() override { stop(); }

  void start();
  // Closes its connections and ends the thread. What is posted from then on is dropped.
  void stop();

  // On this thread, before start() or as a task: takes an accepted socket.
  void adopt(Socket socket);
  // For a listener, which lives on the first thread. Before start().
  [[nodiscard]] const EventBase& base() const { return base_; }

  [[nodiscard]] std::uint32_t index() const override { return index_; }
  void post(std::function<void()> task) override;
  [[nodiscard]] std::string* begin_answer(const CallId& call) override;
  void end_answer(const CallId& call) override;
  void end_silently(const CallId& call) override;
  void drop(const CallId& call, std::string_view why) override;

  [[nodiscard]] IoFigures& figures() { return figures_; }

  // For connections.
  [[nodiscard]] std::span<std::uint8_t> read_buffer() { return read_buffer_; }
  [[nodiscard]] std::uint64_t now_ms();
  // It has something to do when this turn ends.
  void list(Connection& connection);
  // It has closed.
  void forget(const CallId& id);

 private:
  struct Slot {
    std::uint64_t generation = 1;
    std::unique_ptr<Connection> connection;
  };

  void run();
  void run_posted();
  void end_turn();
  void sweep();
  [[nodiscard]] Connection* find(const CallId& call);

  ServerCore& core_;
  const std::uint32_t index_;
  EventBase base_;
  IoFigures figures_;
  std::vector<std::uint8_t> read_buffer_;
  std::uint64_t now_ms_ = 0;  // 0: not looked at in this turn
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<Connection*> listed_;
  std::vector<Connection*> listed_now_;
  std::vector<std::unique_ptr<Connection>> closed_;
  std::uint64_t sweep_every_ms_;
  Event sweeper_;
  std::vector<std::function<void()>> running_;
  bool stopping_ = false;

  std::mutex mutex_;  // guards what follows
  std::vector<std::function<void()>> posted_;
  bool ended_ = false;

  std::unique_ptr<Wake> wake_;  // until the thread has ended, under the mutex
  std::thread thread_;
};

}  // namespace vow::rpc
