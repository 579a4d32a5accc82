#include "bench/calls.h"

#include "bench/options.h"

namespace vow::bench {

PipelinedCalls::PipelinedCalls(std::uint16_t port, std::size_t connections, std::size_t in_flight,
                               StartCall start_call)
    : in_flight_(in_flight), start_call_(std::move(start_call)), done_(connections) {
  for (std::size_t i = 0; i < connections; ++i) lanes_.push_back(std::make_unique<Lane>(*this, i, port));
}

PipelinedCalls::~PipelinedCalls() = default;

PipelinedCalls::StartCall PipelinedCalls::ping() {
  return [](Lane& lane) {
    lane.client.ping(call_timeout,
                     [&lane](const rpc::CallResult<void>& answer) { lane.answered(answer.ok()); });
  };
}

Load PipelinedCalls::load() {
  return {[this] {
            stopping_ = false;
            for (const auto& lane : lanes_) {
              lane->left = in_flight_;
              lane->reactor.run_and_wait([&] {
                for (std::size_t i = 0; i < in_flight_; ++i) start_call_(*lane);
              });
            }
          },
          [this] {
            stopping_ = true;
            for (const auto& lane : lanes_)
              while (lane->left > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          },
          [this] { return done_.sum(); }};
}

void PipelinedCalls::Lane::answered(bool ok) {
  if (!ok) stop("a call failed");
  calls.done_.add_one(number);
  if (calls.stopping_.load(std::memory_order_relaxed))
    --left;
  else
    calls.start_call_(*this);
}

Load Synchronous::load() {
  return {[this] {
            stopping_ = false;
            for (std::size_t i = 0; i < repeated_.size(); ++i)
              threads_.emplace_back([this, i] {
                while (!stopping_.load(std::memory_order_relaxed)) {
                  repeated_[i]();
                  done_.add_one(i);
                }
              });
          },
          [this] {
            stopping_ = true;
            for (std::thread& thread : threads_) thread.join();
            threads_.clear();
          },
          [this] { return done_.sum(); }};
}

}  // namespace vow::bench
