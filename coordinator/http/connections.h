// Which connections there are, and for how long each may do what it does. A client that is slow, or silent,
// or does not read its answer holds a thread no longer than that, and shorter when others need it.
//
//   stage      ends with                      at its deadline            when another waits for its thread
//   idle       a request's first byte         closed                     closed, those that idle longest
//   first reading    the request's last byte        told so (408), closed      told so (503), closed
//   answering  what the endpoint bounds       -                          -
//   writing    the response's last byte       cut off                    cut off
//   leaving    the client's end               cut off                    cut off
//
//   idle ──▶ reading ──▶ answering ──▶ writing ──▶ idle
//               └──────── refused ───────▶│  └────▶ leaving
//
// A thread of its own, `vow-http-clock`, watches the deadlines.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "coordinator/http/server.h"

namespace vow::http {

enum class Stage : std::uint8_t { idle, reading, answering, writing, leaving };
// Why a connection was told to end.
enum class Ended : std::uint8_t { no, slow, crowded, stopping };

class Connections {
 public:
  explicit Connections(const Options& options);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // One more has come, and will wait for a thread: makes room if there is none. False if there are too many.
  [[nodiscard]] bool admit();

  // One that has its thread, from then on to its end.
  class Seat {
   public:
    Seat(Connections& connections, int socket);
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    void enter(Stage stage);
    [[nodiscard]] Ended ended() const;

   private:
    friend class Connections;
    Connections& connections_;
    const int socket_;  // a descriptor of its own: it cannot become another connection's while it is here
    Stage stage_ = Stage::reading;
    Ended ended_ = Ended::no;
    std::chrono::steady_clock::time_point since_;
    std::optional<std::chrono::steady_clock::time_point> deadline_;
  };

  // Whether a connection should be closed after its response, for the sake of others.
  [[nodiscard]] bool is_crowded() const;
  // Ends all that do not answer, and lets those that do write their response, but not for long.
  void stop();

  struct Counts {
    std::size_t served = 0;
    std::size_t waiting = 0;
    std::uint64_t refused = 0;  // too many
    std::uint64_t slow = 0;
    std::uint64_t crowded = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  using Clock = std::chrono::steady_clock;

  void watch();
  void end_late(Clock::time_point now);
  void make_room();
  void set_stage(Seat& seat, Stage stage);
  void end(Seat& seat, Ended why);
  [[nodiscard]] std::optional<Clock::duration> time_for(Stage stage) const;
  [[nodiscard]] std::size_t crowded_out() const;

  const Options options_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::set<Seat*> seats_;
  std::size_t waiting_ = 0;
  Counts ended_;
  bool stopping_ = false;
  bool closing_ = false;
  Clock::time_point next_look_ = Clock::time_point::max();
  std::thread clock_;
};

}  // namespace vow::http
