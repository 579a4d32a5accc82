#include "coordinator/rpc/meet_call.h"

#include <chrono>

#include <poll.h>
#include <unistd.h>

#include "coordinator/rpc/meet_wire.h"
#include "coordinator/rpc/message.h"
#include "coordinator/rpc/peer_resolver.h"
#include "thrift/gen/peer/Peer.h"

namespace vow::rpc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t answer_bytes_max = 64u << 10;
constexpr MessageLimits answer_limits{.string_bytes_max = 1024, .container_elements_max = 1000};

// A connection that waits for nothing beyond its deadline.
class Caller {
 public:
  Caller(const SocketAddress& to, Clock::time_point deadline)
      : socket_(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        deadline_(deadline) {
    if (socket_ >= 0) (void)::connect(socket_, reinterpret_cast<const sockaddr*>(&to.storage), to.size);
  }
  ~Caller() {
    if (socket_ >= 0) ::close(socket_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  // False once nothing more can be sent: refused, lost, or too late.
  [[nodiscard]] bool send(std::string_view bytes) {
    while (!bytes.empty() && wait_for(POLLOUT)) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return bytes.empty();
  }
  // So many bytes more; false if they do not come.
  [[nodiscard]] bool receive(std::string& into, std::size_t count) {
    const std::size_t wanted = into.size() + count;
    while (into.size() < wanted && wait_for(POLLIN)) {
      char bytes[4096];
      const ssize_t got = ::recv(socket_, bytes, std::min(sizeof bytes, wanted - into.size()), 0);
      if (got <= 0) return false;
      into.append(bytes, static_cast<std::size_t>(got));
    }
    return into.size() == wanted;
  }

 private:
  [[nodiscard]] bool wait_for(short what) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    pollfd descriptor{.fd = socket_, .events = what, .revents = 0};
    return left > 0 && ::poll(&descriptor, 1, static_cast<int>(left)) == 1;
  }

  const int socket_;
  const Clock::time_point deadline_;
};

std::string question() {
  std::string out;
  const std::size_t begin = begin_frame(out);
  MessageWriter().write(out, apache::thrift::protocol::T_CALL, "meet", 1, wire::peer::Peer_meet_pargs());
  end_frame(out, begin);
  return out;
}

std::optional<MeetAnswer> read_answer(const std::string& message) {
  MessageReader reader(answer_limits);
  const auto head =
      reader.begin(Bytes(reinterpret_cast<const std::uint8_t*>(message.data()), message.size()));
  if (!head || head->type != apache::thrift::protocol::T_REPLY) return std::nullopt;
  wire::peer::MeetAnswer said;
  wire::peer::Peer_meet_presult result;
  result.success = &said;
  if (!reader.read(result).empty() || !result.__isset.success) return std::nullopt;
  return from_wire(said);
}

std::optional<MeetAnswer> ask(const SocketAddress& to, Clock::time_point deadline) {
  Caller caller(to, deadline);
  std::string size;
  if (!caller.send(question()) || !caller.receive(size, frame_header_bytes)) return std::nullopt;
  const std::uint32_t bytes = load_u32(reinterpret_cast<const std::uint8_t*>(size.data()));
  std::string message;
  if (bytes > answer_bytes_max || !caller.receive(message, bytes)) return std::nullopt;
  return read_answer(message);
}

}  // namespace

std::optional<MeetAnswer> ask_to_meet(const std::string& address, std::uint64_t answer_ms_max) {
  const auto parsed = parse_peer_address(address);
  if (!parsed) return std::nullopt;
  const auto found = resolve(*parsed);
  if (!found) return std::nullopt;
  const auto deadline = Clock::now() + std::chrono::milliseconds(answer_ms_max);
  for (const SocketAddress& each : *found) {
    if (auto answer = ask(each, deadline)) return answer;
  }
  return std::nullopt;
}

}  // namespace vow::rpc
