#include "coordinator/rpc/processor_service.h"

#include <string>
#include <utility>

#include <thrift/Thrift.h>

namespace vow::rpc {

namespace {

namespace protocol = apache::thrift::protocol;
using apache::thrift::async::TAsyncProcessor;

// What the processor writes while it answers one call.
struct Outgoing {
  std::string message;
  const std::shared_ptr<FrameOutput> transport = std::make_shared<FrameOutput>();
  const std::shared_ptr<protocol::TProtocol> to =
      std::make_shared<protocol::TBinaryProtocolT<FrameOutput>>(transport);
  Outgoing() { transport->reset(message); }
};

void give(Io& io, const CallId& id, const Outgoing& outgoing, bool healthy) {
  if (!healthy) return io.drop(id, "its call could not be read or carried out");
  if (outgoing.message.empty()) return io.end_silently(id);
  std::string* out = io.begin_answer(id);
  if (out == nullptr) return;
  out->append(outgoing.message);
  io.end_answer(id);
}

class ProcessorService final : public Service {
 public:
  ProcessorService(std::shared_ptr<TAsyncProcessor> processor, const MessageLimits& limits)
      : processor_(std::move(processor)), limits_(limits) {}

  void attached(const std::vector<std::shared_ptr<Io>>& ios) override {
    ios_ = ios;
    for (std::size_t i = 0; i < ios.size(); ++i) readers_.push_back(std::make_unique<MessageReader>(limits_));
  }

  std::string call(Io&, CallId id, Bytes message) override {
    MessageReader& reader = *readers_[id.io];
    const auto head = reader.begin(message);
    if (!head) return "it is no message of Thrift's binary protocol";
    if (head->type != protocol::T_CALL && head->type != protocol::T_ONEWAY) return "it is no call";
    const auto outgoing = std::make_shared<Outgoing>();
    const auto done = [io = ios_[id.io], id, outgoing](bool healthy) {
      io->post([io, id, outgoing, healthy] { give(*io, id, *outgoing, healthy); });
    };
    try {
      processor_->process(done, reader.whole(message), outgoing->to);
    } catch (const apache::thrift::TException& e) {
      return e.what();
    }
    return {};
  }

  void end_of_burst(Io&) override {}

 private:
  const std::shared_ptr<TAsyncProcessor> processor_;
  const MessageLimits limits_;
  std::vector<std::shared_ptr<Io>> ios_;
  std::vector<std::unique_ptr<MessageReader>> readers_;  // one for each I/O thread
};

}  // namespace

std::shared_ptr<Service> serve_processor(std::shared_ptr<TAsyncProcessor> processor,
                                         const MessageLimits& limits) {
  return std::make_shared<ProcessorService>(std::move(processor), limits);
}

}  // namespace vow::rpc
