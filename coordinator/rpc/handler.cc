#include "coordinator/rpc/handler.h"

#include <atomic>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/rpc/carry_out.h"
#include "coordinator/rpc/decode.h"
#include "coordinator/rpc/encode.h"

namespace vow::rpc {

namespace protocol = apache::thrift::protocol;

// What only one I/O thread touches.
struct Handler::PerIo {
  explicit PerIo(const MessageLimits& limits) : reader(limits) {}
  MessageReader reader;
  MessageWriter writer;
  std::vector<Request> burst;

  void answer(Io& io, const Reply& reply) {
    std::string* out = io.begin_answer(reply.id);
    if (out == nullptr) return;
    encode(writer, reply, *out);
    io.end_answer(reply.id);
  }
};

// What the loop still needs when the handler is gone.
struct Handler::Shared {
  std::vector<std::unique_ptr<PerIo>> per_io;
  std::shared_ptr<Replies> replies;  // the loop's
  std::atomic<std::size_t> waiting{0};
  // Set before the first call. The loop looks at it for replies only, hence after that.
  std::vector<std::shared_ptr<Io>> ios;

  void hand_back(const std::shared_ptr<Shared>& self) {
    for (std::size_t i = 0; i < per_io.size(); ++i) {
      if (!replies->has_any(i)) continue;
      const auto batch = std::make_shared<std::vector<Reply>>(replies->take(i));
      waiting.fetch_sub(batch->size(), std::memory_order_relaxed);
      ios[i]->post([self, i, batch] {
        for (const Reply& reply : *batch) self->per_io[i]->answer(*self->ios[i], reply);
      });
    }
  }
};

Handler::Handler(const HandlerOptions& options, dispatch::Loop& loop, std::size_t io_threads)
    : options_(options), loop_(loop), shared_(std::make_shared<Shared>()) {
  shared_->replies = std::make_shared<Replies>(io_threads);
  for (std::size_t i = 0; i < io_threads; ++i)
    shared_->per_io.push_back(std::make_unique<PerIo>(options.limits));
  loop.at_turn_end([shared = shared_] { shared->hand_back(shared); });
}

Handler::~Handler() = default;

void Handler::attached(const std::vector<std::shared_ptr<Io>>& ios) {
  VOW_CHECK(ios.size() <= shared_->per_io.size(), "made for {} I/O threads, used with {}",
            shared_->per_io.size(), ios.size());
  shared_->ios = ios;
}

std::string Handler::call(Io& io, CallId id, Bytes message) {
  PerIo& own = *shared_->per_io[id.io];
  const auto head = own.reader.begin(message);
  if (!head) return "it is no message of Thrift's binary protocol";
  if (head->type != protocol::T_CALL) return "it is no call";
  id.seqid = head->seqid;
  const Method method = method_named(head->name);
  if (method == Method::unknown) {
    if (std::string* out = io.begin_answer(id)) {
      encode_unknown(own.writer, head->name.substr(0, 64), id.seqid, *out);
      io.end_answer(id);
    }
    return {};
  }
  Decoded decoded = decode(own.reader, id, method);
  if (Malformed* malformed = std::get_if<Malformed>(&decoded))
    return std::string(name(method)) + ": " + malformed->why;
  if (const Reply* reply = std::get_if<Reply>(&decoded))
    own.answer(io, *reply);
  else
    own.burst.push_back(std::get<Request>(std::move(decoded)));
  return {};
}

void Handler::end_of_burst(Io& io) {
  PerIo& own = *shared_->per_io[io.index()];
  if (own.burst.empty()) return;
  const auto burst = std::make_shared<std::vector<Request>>(std::exchange(own.burst, {}));
  own.burst.reserve(burst->size());
  const std::size_t count = burst->size();
  const bool room =
      shared_->waiting.fetch_add(count, std::memory_order_relaxed) + count <= options_.waiting_max;
  const auto task = [shared = shared_, burst](dispatch::Coordinator& coordinator) {
    for (Request& request : *burst) carry_out(coordinator, std::move(request), shared->replies);
  };
  if (room && loop_.post(task)) return;
  shared_->waiting.fetch_sub(count, std::memory_order_relaxed);
  for (const Request& request : *burst) own.answer(io, overloaded(request));
}

}  // namespace vow::rpc
