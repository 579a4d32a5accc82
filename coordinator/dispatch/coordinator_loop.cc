#include "coordinator/dispatch/coordinator_loop.h"

#include <ctime>
#include <utility>

namespace vow::dispatch {
namespace {

std::uint64_t read_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

}  // namespace

txn::Moment moment_now() {
  return {.monotonic_ms = read_ms(CLOCK_BOOTTIME), .wall_ms = read_ms(CLOCK_REALTIME)};
}

CoordinatorLoop::CoordinatorLoop(const node::Runner::Options& options, NodeCoordinator& coordinator,
                                 std::function<txn::Moment()> clock)
    : coordinator_(coordinator), clock_(std::move(clock)), runner_(options, work()) {}

node::Runner::Work CoordinatorLoop::work() {
  return {.wake = [this](node::Node&) { coordinator_.wake(clock_()); },
          .tick = [this](node::Node&) { coordinator_.tick(); },
          .turn =
              [this](node::Node&) {
                const bool more = coordinator_.turn();
                for (const auto& hook : hooks_) hook();
                return more;
              }};
}

void CoordinatorLoop::start(std::unique_ptr<node::Node> node) {
  coordinator_.attach(*node);
  coordinator_.wake(clock_());
  runner_.start(std::move(node));
}

bool CoordinatorLoop::post(std::function<void(Coordinator&)> task) {
  return runner_.post([this, task = std::move(task)](node::Node&) { task(coordinator_); });
}

bool CoordinatorLoop::deliver(std::vector<node::PeerMessage> messages) {
  return runner_.post([messages = std::move(messages)](node::Node& node) {
    for (const node::PeerMessage& message : messages) node.receive(message);
  });
}

}  // namespace vow::dispatch
