// A framed Thrift server, binary protocol, on a few I/O threads (libevent).
//
// It promises:
//   - Any number of calls of one connection are on their way at once; answers go out as they come, by seqid.
//   - No thread waits for a call. Answers may come from any thread, and leave in batches.
//   - Memory is bounded by the options, whatever clients do; nothing is allocated because a length was
//     declared, only for bytes that came.
//   - What one connection does costs that connection alone: a malformed call closes it, with a line to the
//     log (few a second; the rest are counted), and a peer that takes no answers is first not read any more,
//     then dropped.
//
//   a connection is closed when                                      but only paused when
//   a frame or message is malformed, or larger than allowed          calls_in_flight_max calls are unanswered
//   a frame trickles in for longer than frame_ms_max                 unsent_bytes_max bytes of answers wait
//   no first call comes within first_call_ms_max
//   answers wait, and none are taken for slow_peer_ms
//   nothing is on its way for idle_ms
//   it would exceed a total of the server's memory
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <thrift/async/TAsyncProcessor.h>

#include "coordinator/base/result.h"
#include "coordinator/rpc/service.h"

namespace vow::rpc {

struct ServerOptions {
  std::string address = "127.0.0.1";  // IPv4, IPv6 or a host's name
  std::uint16_t port = 0;             // 0: any that is free
  std::size_t io_threads = 2;
  std::string thread_name = "vow-rpc";  // at most 12 characters; a number is added

  // Of one message. A container never holds more elements than its frame has bytes, besides.
  std::uint32_t frame_bytes_max = 1u << 20;
  std::uint32_t string_bytes_max = 64u << 10;
  std::uint32_t container_elements_max = 10'000;

  std::size_t connections_max = 10'000;
  // Of one connection.
  std::size_t calls_in_flight_max = 1024;
  std::size_t unsent_bytes_max = 1u << 20;  // pause; at four times this it is dropped
  std::uint64_t slow_peer_ms = 10'000;
  std::uint64_t idle_ms = 300'000;
  std::uint64_t frame_ms_max = 10'000;
  std::uint64_t first_call_ms_max = 30'000;
  // Of all connections together. Each may go a little beyond it (small_bytes), so that small honest frames
  // and answers pass while others use the total up.
  std::size_t partial_bytes_max_total = 64u << 20;  // frames that have not fully arrived
  std::size_t unsent_bytes_max_total = 256u << 20;
  static constexpr std::size_t small_bytes = 4096;

  // Called from the I/O threads, one at a time.
  std::function<void(std::string)> log = [](const std::string&) {};
};

// Since the start, but for `connections`, `calls_in_flight`, `partial_bytes` and `unsent_bytes`: those are
// now.
struct ServerFigures {
  std::uint64_t connections = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // over connections_max
  std::uint64_t dropped = 0;  // closed by us, for misbehaviour
  std::uint64_t calls = 0;
  std::uint64_t calls_in_flight = 0;
  std::uint64_t pauses = 0;  // back-pressure: a connection was not read for a while
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t partial_bytes = 0;
  std::uint64_t unsent_bytes = 0;
};

class Server {
 public:
  Server(const ServerOptions& options, std::shared_ptr<Service> service);
  // Serves what was generated with `cpp:cob_style`. Its calls run on the I/O threads; their answers may be
  // given on any thread, at any time, even after the server is gone.
  Server(const ServerOptions& options, std::shared_ptr<apache::thrift::async::TAsyncProcessor> processor);
  // Stops, if stop() was not called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens. The port, or why not.
  [[nodiscard]] Result<std::uint16_t, std::string> start();
  // Closes everything and ends the threads. Calls that were not answered never will be.
  void stop();

  // From any thread, between start() and stop().
  [[nodiscard]] ServerFigures figures() const;

 private:
  class Running;
  ServerOptions options_;
  std::shared_ptr<Service> service_;
  std::unique_ptr<Running> running_;
};

}  // namespace vow::rpc
