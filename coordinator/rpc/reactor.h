// One thread that carries the I/O of any number of channels.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/rpc/events.h"

struct evdns_base;

namespace vow::rpc {

class Reactor {
 public:
  // At most 15 characters.
  explicit Reactor(const std::string& thread_name = "vow-calls");
  // After all its channels.
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Something that has work at the end of the thread's turn.
  class Member {
   public:
    virtual ~Member() = default;
    virtual void end_of_turn() = 0;
  };
  // From any thread: `member` has work. It is called once, on the thread, after all that is at hand.
  void list(Member& member);
  // Runs `task` on the thread, and returns after that.
  void run_and_wait(const std::function<void()>& task);
  // A member that ends: it is not called any more. On the thread.
  void forget(const Member& member);

  [[nodiscard]] bool is_here() const { return std::this_thread::get_id() == thread_.get_id(); }
  // On the thread.
  [[nodiscard]] const EventBase& base() const { return base_; }
  [[nodiscard]] std::span<std::uint8_t> read_buffer() { return read_buffer_; }
  [[nodiscard]] evdns_base* resolver();

 private:
  void run();
  void take_posted();

  EventBase base_;
  evdns_base* resolver_ = nullptr;  // made when a name is first asked for
  std::vector<std::uint8_t> read_buffer_;
  std::vector<Member*> listed_;
  std::vector<Member*> turn_;
  bool stopping_ = false;

  std::mutex mutex_;  // guards what follows
  std::vector<Member*> posted_members_;
  std::vector<std::function<void()>> posted_tasks_;

  Wake wake_;
  std::thread thread_;
};

}  // namespace vow::rpc
