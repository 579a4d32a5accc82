#include "coordinator/rpc/peer_resolver.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <netdb.h>
#include <pthread.h>

namespace vow::rpc {
namespace {

Resolved look_up(const PeerAddress& address, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* first = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &first);
  if (error != 0)
    return Failure{fmt::format("the host {} cannot be found: {}", address.host, ::gai_strerror(error))};
  std::vector<SocketAddress> found;
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    SocketAddress& next = found.emplace_back();
    std::memcpy(&next.storage, each->ai_addr, each->ai_addrlen);
    next.size = each->ai_addrlen;
  }
  ::freeaddrinfo(first);
  return found;
}

}  // namespace

Resolved resolve(const PeerAddress& address) { return look_up(address, 0); }

struct PeerResolver::Shared {
  struct Question {
    PeerAddress address;
    Done done;
  };
  std::mutex mutex;  // guards what follows; held while `done` is called, so that none is called after the end
  std::condition_variable wake;
  std::deque<Question> questions;
  bool closing = false;
};

PeerResolver::PeerResolver() : shared_(std::make_shared<Shared>()) {
  // The thread may be stuck in a look-up when everything else ends. It holds nothing but what it shares with
  // this.
  std::thread thread([shared = shared_] { run(shared); });
  pthread_setname_np(thread.native_handle(), "vow-names");
  thread.detach();
}

PeerResolver::~PeerResolver() {
  const std::lock_guard lock(shared_->mutex);
  shared_->closing = true;
  shared_->questions.clear();
  shared_->wake.notify_one();
}

void PeerResolver::resolve(const PeerAddress& address, Done done) {
  if (auto numeric = look_up(address, AI_NUMERICHOST); numeric.ok()) return done(std::move(numeric));
  const std::lock_guard lock(shared_->mutex);
  shared_->questions.push_back({address, std::move(done)});
  shared_->wake.notify_one();
}

void PeerResolver::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->wake.wait(lock, [&] { return shared->closing || !shared->questions.empty(); });
    if (shared->closing) return;
    const Shared::Question question = std::move(shared->questions.front());
    shared->questions.pop_front();
    lock.unlock();
    Resolved resolved = look_up(question.address, 0);
    lock.lock();
    if (shared->closing) return;
    question.done(std::move(resolved));
  }
}

}  // namespace vow::rpc
