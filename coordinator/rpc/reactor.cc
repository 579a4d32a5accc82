#include "coordinator/rpc/reactor.h"

#include <algorithm>
#include <future>

#include <event2/dns.h>
#include <pthread.h>

#include "coordinator/base/check.h"

namespace vow::rpc {

namespace {

constexpr std::size_t read_bytes = 64u << 10;

}  // namespace

Reactor::Reactor(const std::string& thread_name) : read_buffer_(read_bytes), wake_(base_, [] {}) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), thread_name.c_str());
}

Reactor::~Reactor() {
  run_and_wait([this] { stopping_ = true; });
  thread_.join();
  if (resolver_ != nullptr) evdns_base_free(resolver_, 1);
}

void Reactor::list(Member& member) {
  if (is_here()) {
    listed_.push_back(&member);
    return;
  }
  const std::lock_guard lock(mutex_);
  posted_members_.push_back(&member);
  if (posted_members_.size() + posted_tasks_.size() == 1) wake_.wake();
}

void Reactor::run_and_wait(const std::function<void()>& task) {
  if (is_here()) return task();
  std::promise<void> done;
  {
    const std::lock_guard lock(mutex_);
    posted_tasks_.emplace_back([&] {
      task();
      done.set_value();
    });
    if (posted_members_.size() + posted_tasks_.size() == 1) wake_.wake();
  }
  done.get_future().wait();
}

void Reactor::forget(const Member& member) {
  std::erase(listed_, &member);
  std::replace(turn_.begin(), turn_.end(), const_cast<Member*>(&member), static_cast<Member*>(nullptr));
  const std::lock_guard lock(mutex_);
  std::erase(posted_members_, &member);
}

evdns_base* Reactor::resolver() {
  if (resolver_ == nullptr) {
    resolver_ = evdns_base_new(base_.get(), EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    VOW_CHECK(resolver_ != nullptr, "no memory for a resolver of names");
    // Without the file it asks this machine; what names it then does not find, calls will say.
    evdns_base_resolv_conf_parse(resolver_, DNS_OPTIONS_ALL, "/etc/resolv.conf");
  }
  return resolver_;
}

void Reactor::run() {
  while (!stopping_) {
    base_.turn();
    take_posted();
    // Work that is made here waits for the next round of this loop, and is done before any waiting.
    while (!listed_.empty()) {
      turn_.swap(listed_);
      for (std::size_t i = 0; i < turn_.size(); ++i)
        if (turn_[i] != nullptr) turn_[i]->end_of_turn();
      turn_.clear();
    }
  }
}

void Reactor::take_posted() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    listed_.insert(listed_.end(), posted_members_.begin(), posted_members_.end());
    posted_members_.clear();
    tasks.swap(posted_tasks_);
  }
  for (const auto& task : tasks) task();
}

}  // namespace vow::rpc
