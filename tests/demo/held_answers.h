// Stands between the orders and another service, and holds answers back when it is told to: so something can
// happen just then, when the service has done its part and the orders do not know it yet.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

namespace vow::demo {

class HeldAnswers {
 public:
  // Passes on what comes to a port of its own to `to`, a port on this machine.
  explicit HeldAnswers(std::uint16_t to);
  ~HeldAnswers();
  HeldAnswers(const HeldAnswers&) = delete;
  HeldAnswers& operator=(const HeldAnswers&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // From now on.
  void hold();
  void release();
  // Returns once an answer is held; false if none was within ten seconds.
  [[nodiscard]] bool wait_for_one();

 private:
  void accept();
  void serve(Poco::Net::StreamSocket from);
  void wait_while_held();

  const std::uint16_t to_;
  Poco::Net::ServerSocket listening_;
  const std::uint16_t port_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool holding_ = false;
  bool stopping_ = false;
  int held_ = 0;
  int served_ = 0;  // connections, each on a thread of its own
  std::thread accepting_;
};

}  // namespace vow::demo
