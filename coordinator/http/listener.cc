#include "coordinator/http/listener.h"

#include <Poco/Exception.h>
#include <pthread.h>
#include <sys/socket.h>

namespace vow::http {

Listener::Listener(const Poco::Net::ServerSocket& socket, Connections& connections, std::size_t threads_max,
                   Serve serve)
    : socket_(socket),
      connections_(connections),
      threads_max_(threads_max),
      serve_(std::move(serve)),
      acceptor_([this] { accept_all(); }) {}

Listener::~Listener() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR);  // ends the acceptor's wait
  acceptor_.join();
  // The acceptor alone starts threads.
  for (std::thread& thread : threads_) thread.join();
}

void Listener::accept_all() {
  pthread_setname_np(pthread_self(), "vow-http-accept");
  constexpr std::chrono::milliseconds pause_after_failure{50};
  for (;;) {
    try {
      accept_one();
    } catch (const Poco::Exception&) {
      // The client has left already, or descriptors have run out: then it is of no use to try again at once.
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, pause_after_failure, [this] { return closing_; })) return;
    }
  }
}

void Listener::accept_one() {
  auto connection = std::make_unique<Poco::Net::StreamSocket>(socket_.acceptConnection());
  connection->setNoDelay(true);
  if (!connections_.admit()) return;
  const std::lock_guard lock(mutex_);
  if (closing_) return;
  waiting_.push_back(std::move(connection));
  const bool needs_thread = waiting_.size() > idle_threads_ && threads_.size() < threads_max_;
  if (needs_thread) threads_.emplace_back([this] { work(); });
  changed_.notify_one();
}

void Listener::work() {
  pthread_setname_np(pthread_self(), "vow-http");
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_threads_;
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    --idle_threads_;
    if (closing_) return;
    auto connection = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    serve_(*connection);
    connection.reset();
    lock.lock();
  }
}

}  // namespace vow::http
