#include "tests/http/wire.h"

#include <algorithm>
#include <stdexcept>

#include <Poco/JSON/Parser.h>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vow::http {
namespace {

constexpr std::chrono::milliseconds patience{20'000};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

Poco::JSON::Object::Ptr Reply::json() const {
  Poco::JSON::Parser parser;
  return parser.parse(body).extract<Poco::JSON::Object::Ptr>();
}

std::string Reply::problem() const { return fmt::format("{}: {}", member("code"), member("what")); }

std::string Reply::member(const std::string& name) const {
  const auto value = json()->get(name);
  return value.isEmpty() ? "(none)" : value.convert<std::string>();
}

Wire::Wire(std::uint16_t port, int receive_bytes)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_bytes > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error(fmt::format("no connection to 127.0.0.1:{}", port));
  }
}

Wire::~Wire() { ::close(socket_); }

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Wire::finish() { ::shutdown(socket_, SHUT_WR); }

bool Wire::receive(std::chrono::milliseconds within) {
  pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
  if (::poll(&wanted, 1, static_cast<int>(within.count())) <= 0) return false;
  char block[65'536];
  const ssize_t got = ::recv(socket_, block, sizeof block, 0);
  if (got <= 0) return false;
  received_.append(block, static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> Wire::take_until(std::string_view end) {
  for (;;) {
    if (const auto at = received_.find(end); at != std::string::npos) {
      std::string taken = received_.substr(0, at);
      received_.erase(0, at + end.size());
      return taken;
    }
    if (!receive(patience)) return std::nullopt;
  }
}

Reply Wire::read(bool is_head) {
  Reply reply;
  const auto status_line = take_until("\r\n");
  if (!status_line) return reply;
  reply.status = std::stoi(status_line->substr(status_line->find(' ') + 1));
  for (auto line = take_until("\r\n"); line && !line->empty(); line = take_until("\r\n")) {
    const auto colon = line->find(": ");
    reply.headers[lower(line->substr(0, colon))] = line->substr(colon + 2);
  }
  if (reply.status == 100) return read(is_head);
  if (is_head) return reply;
  const std::size_t size = std::stoul(reply.headers.at("content-length"));
  while (received_.size() < size && receive(patience)) {
  }
  reply.body = received_.substr(0, size);
  received_.erase(0, size);
  return reply;
}

bool Wire::is_closed(std::chrono::milliseconds within) {
  pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
  if (::poll(&wanted, 1, static_cast<int>(within.count())) <= 0) return false;
  char byte = 0;
  return ::recv(socket_, &byte, 1, MSG_PEEK) <= 0;
}

bool Wire::has_something() {
  char byte = 0;
  return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

std::string request_text(std::string_view method, std::string_view target, std::string_view body,
                         std::string_view headers) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{}\r\n{}", method, target,
                     body.size(), headers, body);
}

Reply call(std::uint16_t port, std::string_view method, std::string_view target, std::string_view body) {
  Wire wire(port);
  wire.send(request_text(method, target, body));
  return wire.read(method == "HEAD");
}

}  // namespace vow::http
