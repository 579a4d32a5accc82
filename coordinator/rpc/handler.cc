#include "coordinator/rpc/handler.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/rpc/carry_out.h"
#include "coordinator/rpc/decode.h"
#include "coordinator/rpc/encode.h"

namespace vow::rpc {

namespace protocol = apache::thrift::protocol;

namespace {

// Beyond it, a connection's earlier sessions are not said to be cut off, and expire in their own time.
constexpr std::size_t sessions_of_a_connection_max = 16;

std::uint64_t number_of_connection(const CallId& id) {
  return (std::uint64_t{id.io} + 1) << 56 | std::uint64_t{id.connection} << 32 |
         (id.generation & 0xffff'ffff);
}

}  // namespace

// What only one I/O thread touches.
struct Handler::PerIo {
  explicit PerIo(const MessageLimits& limits) : reader(limits) {}
  MessageReader reader;
  MessageWriter writer;
  std::vector<Request> burst;
  std::unordered_map<std::uint32_t, std::vector<txn::SessionNumber>> polled;  // by connection

  void polls(const CallId& id, dispatch::Poll& poll) {
    poll.over = number_of_connection(id);
    std::vector<txn::SessionNumber>& all = polled[id.connection];
    if (std::find(all.begin(), all.end(), poll.session) != all.end()) return;
    if (all.size() == sessions_of_a_connection_max) all.erase(all.begin());
    all.push_back(poll.session);
  }
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
  if (const Reply* reply = std::get_if<Reply>(&decoded)) {
    own.answer(io, *reply);
    return {};
  }
  Request& request = own.burst.emplace_back(std::get<Request>(std::move(decoded)));
  if (auto* poll = std::get_if<dispatch::Poll>(&request.body)) own.polls(id, *poll);
  return {};
}

void Handler::closed(Io& io, const CallId& connection) {
  PerIo& own = *shared_->per_io[io.index()];
  const auto sessions = own.polled.extract(connection.connection);
  if (sessions.empty()) return;
  end_of_burst(io);  // a poll that came before must not come after
  const auto cut_off = [all = sessions.mapped(), over = number_of_connection(connection)](auto& coordinator) {
    for (const txn::SessionNumber session : all) coordinator.cut_off(session, over);
  };
  (void)loop_.post(cut_off);  // if it takes no more, they expire in their own time
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
