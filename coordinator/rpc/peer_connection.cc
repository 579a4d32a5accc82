#include "coordinator/rpc/peer_connection.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "coordinator/base/check.h"
#include "thrift/gen/peer/Peer.h"

namespace vow::rpc {
namespace {

// An answer is a few dozen bytes.
constexpr std::uint32_t answer_bytes_max = 4096;
// What the kernel may hold back before urgent messages would wait for it.
constexpr int unsent_bytes_max = 256 << 10;

void set_option(int socket, int level, int name, int value) {
  // An option that this system does not know costs some milliseconds, not correctness.
  (void)::setsockopt(socket, level, name, &value, sizeof value);
}

}  // namespace

PeerConnection::PeerConnection(const EventBase& base, const SocketAddress& to, std::uint64_t lost_after_ms,
                               Owner owner)
    : owner_(std::move(owner)), reader_({.string_bytes_max = answer_bytes_max, .container_elements_max = 1}) {
  socket_ = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ >= 0) {
    set_option(socket_, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket_, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(lost_after_ms));
    set_option(socket_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent_bytes_max);
    readable_ = Event(base, socket_, EV_READ | EV_PERSIST, [this] { on_readable(); });
    writable_ = Event(base, socket_, EV_WRITE | EV_PERSIST, [this] { on_writable(); });
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to.storage), to.size) == 0 ||
        errno == EINPROGRESS) {
      writable_.enable();
      return;
    }
  }
  // Told from the loop, as every other failure is.
  const int error = errno;
  writable_ = Event(base, -1, 0, [this, error] { down(std::strerror(error)); });
  writable_.enable_after(0);
}

void PeerConnection::close() {
  readable_.disable();
  writable_.disable();
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  open_ = false;
  out_.clear();
}

void PeerConnection::down(const std::string& why) {
  close();
  owner_.on_down(why);
}

void PeerConnection::on_writable() {
  if (open_) {
    flush();
    if (has_room()) owner_.on_drained();
    return;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return down(std::strerror(error));
  open_ = true;
  writable_.disable();
  readable_.enable();
  owner_.on_open();
}

std::size_t PeerConnection::deliver(std::int32_t seqid, const std::string& frame) {
  VOW_CHECK(has_room(), "a frame of {} bytes for a connection without room", frame.size());
  wire::peer::Peer_deliver_pargs arguments;
  arguments.frame = &frame;
  out_.reserve(frame.size() + 64);
  const std::size_t begin = begin_frame(out_);
  writer_.write(out_, apache::thrift::protocol::T_CALL, "deliver", seqid, arguments);
  end_frame(out_, begin);
  out_sent_ = 0;
  const std::size_t bytes = out_.size();
  // Waits for the loop, so that a broken connection is never told of from within this call.
  writable_.enable();
  return bytes;
}

void PeerConnection::flush() {
  while (out_sent_ < out_.size()) {
    const ssize_t sent = ::send(socket_, out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (sent < 0) return down(std::strerror(errno));
    out_sent_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  writable_.disable();
}

void PeerConnection::on_readable() {
  char bytes[16 << 10];
  const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (got < 0) return down(std::strerror(errno));
  if (got == 0) return down("the peer closed the connection");
  in_.append(bytes, static_cast<std::size_t>(got));
  take_answers();
}

void PeerConnection::take_answers() {
  std::size_t at = 0;
  while (socket_ >= 0 && in_.size() - at >= frame_header_bytes) {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(in_.data()) + at;
    const std::uint32_t size = load_u32(begin);
    if (size > answer_bytes_max)
      return down(fmt::format("it announced an answer of {} bytes: no vow listens there", size));
    if (in_.size() - at < frame_header_bytes + size) break;
    at += frame_header_bytes + size;
    const auto head = reader_.begin(Bytes(begin + frame_header_bytes, size));
    if (!head || head->type != apache::thrift::protocol::T_REPLY)
      return down("it answered with something else than was asked: no vow listens there, or an older one");
    wire::peer::Delivered answer;
    wire::peer::Peer_deliver_presult result;
    result.success = &answer;
    if (const std::string wrong = reader_.read(result); !wrong.empty() || !result.__isset.success)
      return down(fmt::format("its answer is malformed: {}", wrong));
    owner_.on_answer(head->seqid, answer);
  }
  in_.erase(0, at);
}

}  // namespace vow::rpc
