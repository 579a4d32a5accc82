// The conversation with a cell: finds who leads, keeps a session there, and fetches what is to be done.
//
//               a member answers           it leads, a session is open         broken, deposed, or the
//               session ended
//   looking ─────────────────────▶ asking ────────────────────────────▶ up
//   ──────────────────────────────────────▶ looking
//      ▲                             │ another leads: it is asked next
//      └─────────────────────────────┘ nobody does: a while later
//
// A thread of its own does all this, and polls while it is up. Others call through the line that is up, and
// wait for one if there is none. A line is one connection with one session; once it is given up it is never
// used again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/base/random.h"
#include "coordinator/rpc/channel.h"
#include "coordinator/rpc/client.h"
#include "participant-sdk/core/clock.h"
#include "participant-sdk/core/minter.h"

#include "vow/log.h"

namespace vow::sdk {

// Not to be destroyed on the reactor's thread: what is called there may hold a plain pointer.
struct Line {
  Line(rpc::Reactor& reactor, const rpc::ChannelOptions& options, std::string at, Probe* probe)
      : address(std::move(at)),
        gate(probe == nullptr ? nullptr : probe->before(channel)),
        channel(reactor, options) {}
  ~Line() {
    if (gate) gate->close();
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  [[nodiscard]] rpc::Client client() {
    return rpc::Client(gate ? *gate : static_cast<rpc::Caller&>(channel));
  }
  [[nodiscard]] std::int64_t session() const {
    return static_cast<std::int64_t>(minter->session().number.value());
  }

  const std::string address;
  std::optional<Minter> minter;      // once the session is open
  const std::unique_ptr<Gate> gate;  // of a probe; else null
  rpc::Channel channel;              // last: it ends all calls when it goes, while the rest is still there
};

class Link {
 public:
  struct Options {
    std::vector<std::string> coordinators;  // "host:port"
    std::string process;
    std::chrono::milliseconds call_timeout{2'000};
    std::chrono::milliseconds poll_wait{20'000};
    std::uint64_t seed = 1;
    Probe* probe = nullptr;
  };
  using Log = std::function<void(log_level level, const std::string& message)>;
  // On the link's thread; may not block. Returns whether any of them was news here.
  using OnCommands = std::function<bool(std::vector<wire::Command> commands)>;

  // On the link's thread, whenever a line is up; may not block. The coordinator behind it may be another one.
  using OnLine = std::function<void()>;

  Link(Options options, Log log, OnLine on_line, OnCommands on_commands);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Ends what waits for a line, and the thread.
  void stop();
  // The clock has jumped.
  void time_jumped();

  // Which resources this process serves from now on; a new session says so.
  void serve(std::vector<std::string> resources);

  // The line that is up; waits for it. Null: there was none in time, or one of the two was stopped.
  [[nodiscard]] std::shared_ptr<Line> line(Instant until, const std::stop_token& stop);
  // It did not serve its purpose, unless another is up already: looks for the leader anew. `leader`: who was
  // said to be.
  void doubt(const std::shared_ptr<Line>& line, const std::string& leader = {});
  // Why there is no line now, for people.
  [[nodiscard]] std::string problem() const;

  // Makes the call, on one line after another, until someone answers who may: with anything but "ask the
  // leader", "pending" or "unknown". None: nobody did until `until`, or it was stopped.
  using Call = std::function<void(Line& line, rpc::CallTimeout timeout, rpc::Done<wire::Answer> done)>;
  [[nodiscard]] std::optional<wire::Answer> ask(const Call& call, Instant until, const std::stop_token& stop);

  // What was done with commands. Sent soon, together with others; if it is lost, the command comes again.
  void report(wire::Report report);

 private:
  struct Polling;
  // Under load, so much gathers before it is said or asked for: a call costs more than what it carries.
  static constexpr std::chrono::milliseconds gathering{3};

  void run();
  [[nodiscard]] std::shared_ptr<Line> find_leader();
  [[nodiscard]] std::shared_ptr<Line> open_at(const std::string& address, std::string& leads);
  // Until the line is doubted, or what is served has changed.
  void poll(const std::shared_ptr<Line>& line);
  // Sends what is to be reported meanwhile. None: the line is given up, or no longer right.
  [[nodiscard]] std::optional<rpc::CallResult<wire::Polled>> wait_for(Polling& polling,
                                                                      const std::shared_ptr<Line>& line);
  void publish(const std::shared_ptr<Line>& line);
  // Unless some are on their way.
  void send_reports(Line& line);
  void send_all_reports(Line& line);
  void wait(std::chrono::milliseconds time);

  const Options options_;
  const Log log_;
  const OnLine on_line_;
  const OnCommands on_commands_;
  const Clock clock_;
  rpc::Reactor reactor_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  bool stopping_ = false;
  std::shared_ptr<Line> line_;
  std::vector<std::string> serves_;
  bool reopen_ = false;  // what is served has changed since the session was opened
  std::string hint_;     // who is said to lead
  std::string problem_ = "no coordinator has answered yet";
  std::vector<wire::Report> reports_;
  bool reporting_ = false;     // a report is on its way
  Instant report_again_ = {};  // not before

  Random random_;  // the thread alone
  std::thread thread_;
};

}  // namespace vow::sdk
