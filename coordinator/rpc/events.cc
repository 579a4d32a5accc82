#include "coordinator/rpc/events.h"

#include <cerrno>
#include <cstring>

#include <sys/eventfd.h>
#include <unistd.h>

#include "coordinator/base/check.h"

namespace vow::rpc {

EventBase::EventBase() {
  event_config* config = event_config_new();
  VOW_CHECK(config != nullptr, "no memory for an event loop's configuration");
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
  base_.reset(event_base_new_with_config(config));
  event_config_free(config);
  VOW_CHECK(base_ != nullptr, "cannot make an event loop: {}", std::strerror(errno));
}

void EventBase::turn() { event_base_loop(base_.get(), EVLOOP_ONCE); }

Event::Event(const EventBase& base, int socket, short what, std::function<void()> action)
    : action_(std::make_unique<std::function<void()>>(std::move(action))) {
  const auto call = [](evutil_socket_t, short, void* self) {
    (*static_cast<std::function<void()>*>(self))();
  };
  event_.reset(event_new(base.get(), socket, what, call, action_.get()));
  VOW_CHECK(event_ != nullptr, "no memory for an event");
}

void Event::enable() {
  if (enabled_) return;
  VOW_CHECK(event_add(event_.get(), nullptr) == 0, "cannot wait for an event: {}", std::strerror(errno));
  enabled_ = true;
}

void Event::enable_after(std::uint64_t ms) {
  const timeval after{static_cast<time_t>(ms / 1000), static_cast<suseconds_t>(ms % 1000 * 1000)};
  VOW_CHECK(event_add(event_.get(), &after) == 0, "cannot wait for a timer: {}", std::strerror(errno));
  enabled_ = true;
}

void Event::disable() {
  if (!enabled_) return;
  event_del(event_.get());
  enabled_ = false;
}

Wake::Wake(const EventBase& base, std::function<void()> action)
    : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      event_(base, descriptor_, EV_READ | EV_PERSIST, [this, action = std::move(action)] {
        std::uint64_t count = 0;
        VOW_CHECK(::read(descriptor_, &count, sizeof count) == sizeof count || errno == EAGAIN,
                  "cannot read an eventfd: {}", std::strerror(errno));
        action();
      }) {
  VOW_CHECK(descriptor_ >= 0, "cannot make an eventfd: {}", std::strerror(errno));
  event_.enable();
}

Wake::~Wake() {
  event_ = Event();
  ::close(descriptor_);
}

void Wake::wake() const {
  const std::uint64_t one = 1;
  VOW_CHECK(::write(descriptor_, &one, sizeof one) == sizeof one || errno == EAGAIN,
            "cannot write an eventfd: {}", std::strerror(errno));
}

}  // namespace vow::rpc
