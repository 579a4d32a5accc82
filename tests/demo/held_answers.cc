#include "tests/demo/held_answers.h"

#include <array>
#include <chrono>

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Timespan.h>

namespace vow::demo {
namespace {

using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

constexpr int mode_of_poll = Poco::Net::Socket::SELECT_READ;
const Poco::Timespan look_every(0, 100'000);

// False: the other side has ended.
bool pass_on(StreamSocket& from, StreamSocket& to) {
  std::array<char, 16 * 1024> bytes{};
  const int size = from.receiveBytes(bytes.data(), static_cast<int>(bytes.size()));
  for (int sent = 0; sent < size;) sent += to.sendBytes(bytes.data() + sent, size - sent);
  return size > 0;
}

}  // namespace

HeldAnswers::HeldAnswers(std::uint16_t to)
    : to_(to), listening_(SocketAddress("127.0.0.1", 0)), port_(listening_.address().port()) {
  accepting_ = std::thread([this] { accept(); });
}

HeldAnswers::~HeldAnswers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  accepting_.join();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return served_ == 0; });
}

void HeldAnswers::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void HeldAnswers::release() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

bool HeldAnswers::wait_for_one() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return held_ > 0; });
}

void HeldAnswers::wait_while_held() {
  std::unique_lock lock(mutex_);
  if (!holding_) return;
  ++held_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return !holding_ || stopping_; });
  --held_;
}

void HeldAnswers::accept() {
  while (true) {
    const bool is_there = listening_.poll(look_every, mode_of_poll);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    if (!is_there) continue;
    ++served_;
    std::thread([this, from = listening_.acceptConnection()] {
      serve(from);
      const std::lock_guard over(mutex_);
      --served_;
      changed_.notify_all();
    }).detach();
  }
}

// One request and its answer at a time, as HTTP has them.
void HeldAnswers::serve(StreamSocket from) {
  try {
    StreamSocket to(SocketAddress("127.0.0.1", to_));
    while (true) {
      if (from.poll(Poco::Timespan(0, 1'000), mode_of_poll) && !pass_on(from, to)) return;
      if (to.poll(Poco::Timespan(0, 1'000), mode_of_poll)) {
        wait_while_held();
        if (!pass_on(to, from)) return;
      }
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
  } catch (const Poco::Exception&) {  // one side is gone, so the other is told by its end
  }
}

}  // namespace vow::demo
