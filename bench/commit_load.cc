#include "bench/commit_load.h"

#include <algorithm>

#include "bench/options.h"
#include "coordinator/rpc/blocking_channel.h"

namespace vow::bench {
namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

template <class T>
T must(rpc::CallResult<T> result, const char* what) {
  if (!result) stop(std::string(what) + ": " + result.error().text());
  return *std::move(result);
}

void must(rpc::CallResult<void> result, const char* what) {
  if (!result) stop(std::string(what) + ": " + result.error().text());
}

void must_be(const wire::Answer& answer, wire::Verdict::type verdict, const char* what) {
  if (answer.verdict != verdict) {
    stop(std::string(what) + " was answered with verdict " +
         std::to_string(static_cast<int>(answer.verdict)) + ", reason " + std::to_string(answer.reason));
  }
}

std::string resource_of(std::size_t branch) { return "r" + std::to_string(branch); }

wire::Preparation preparation_of(std::size_t branch) {
  wire::Preparation preparation;
  preparation.branch = "b" + std::to_string(branch);
  preparation.nonce = static_cast<std::int64_t>(branch) + 1;
  return preparation;
}

wire::Vote vote_of(const std::string& xid, const Shape& shape, std::size_t branch, std::int64_t voter) {
  wire::Vote vote;
  vote.xid = xid;
  vote.preparation = preparation_of(branch);
  vote.resource = resource_of(shape.first_resource + branch);
  vote.ballot = wire::Ballot::prepared;
  vote.session = voter;
  return vote;
}

wire::Commit commit_of(const std::string& xid, const Shape& shape) {
  wire::Commit commit;
  commit.xid = xid;
  for (std::size_t i = 0; i < shape.branches; ++i) commit.named.push_back(preparation_of(i));
  commit.wait_finished_ms = shape.wait_finished_ms;
  return commit;
}

wire::Rollback rollback_of(const std::string& xid) {
  wire::Rollback rollback;
  rollback.xid = xid;
  return rollback;
}

wire::SessionOpened open_session(rpc::Client& client) {
  wire::OpenSession request;
  request.process = "bench";
  return must(client.open_session(request, call_timeout), "opening a session");
}

}  // namespace

// --- participants

Participant::Participant(std::uint16_t port, std::size_t branches)
    : reactor_("vow-bench-part"), channel_(reactor_, {.port = port}), client_(channel_) {
  wire::OpenSession request;
  request.process = "bench";
  for (std::size_t i = 0; i < branches; ++i) {
    wire::Served served;
    served.resource = resource_of(i);
    request.serves.push_back(served);
  }
  opened_ = must(client_.open_session(request, call_timeout), "opening a session");
  poll();
}

Participant::~Participant() {
  stopping_ = true;
  while (!idle_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Participant::poll() {
  if (stopping_) {
    idle_ = true;
    return;
  }
  wire::Poll poll;
  poll.session = opened_.session;
  poll.commands_max = 2'000;
  poll.wait_ms = 200;
  client_.poll(poll, call_timeout, [this](rpc::CallResult<wire::Polled> polled) {
    if (!polled) stop("a poll failed: " + polled.error().text());
    if (!polled->commands.empty()) report(*polled);
    this->poll();
  });
}

void Participant::report(const wire::Polled& polled) {
  std::vector<wire::Report> reports(polled.commands.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const wire::Command& command = polled.commands[i];
    reports[i].xid = command.xid;
    reports[i].preparation = command.preparation;
    reports[i].action = command.action;
    reports[i].done = true;
  }
  confirmed_.fetch_add(reports.size(), std::memory_order_relaxed);
  client_.report(opened_.session, reports, call_timeout, [](rpc::CallResult<void> reported) {
    if (!reported) stop("a report failed: " + reported.error().text());
  });
}

// --- xids

Minter::Minter(wire::SessionOpened opened) : opened_(std::move(opened)), opened_at_(Clock::now()) {}

std::string Minter::next(std::int32_t timeout_s) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - opened_at_);
  txn::Xid xid;
  xid.cell = static_cast<std::uint32_t>(opened_.cell);
  xid.incarnation = static_cast<std::uint32_t>(opened_.incarnation);
  xid.term = static_cast<std::uint32_t>(opened_.term);
  xid.timeout_s = static_cast<std::uint32_t>(timeout_s);
  xid.begin_ms = static_cast<std::uint64_t>(opened_.clock_ms + since.count());
  xid.session = txn::nth_of(txn::SessionNumber(static_cast<std::uint64_t>(opened_.session)));
  xid.sequence = ++sequence_;
  return txn::to_string(xid);
}

double Latencies::quantile(double share) {
  if (all_.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(all_.size() - 1));
  std::nth_element(all_.begin(), all_.begin() + at, all_.end());
  return all_[static_cast<std::size_t>(at)];
}

// --- pipelined

struct PipelinedCommits::Lane {
  explicit Lane(std::uint16_t port)
      : reactor("vow-bench-init"),
        channel(reactor, {.port = port}),
        client(channel),
        minter(open_session(client)) {}
  rpc::Reactor reactor;
  rpc::Channel channel;
  rpc::Client client;
  Minter minter;  // on the reactor
  std::atomic<std::size_t> in_flight{0};
  std::atomic<std::uint64_t> committed{0};
  std::atomic<std::uint64_t> rolled_back{0};
  std::uint64_t begun = 0;
  Latencies latencies;  // on the reactor
};

struct PipelinedCommits::Flight {
  std::string xid;
  std::size_t votes_left = 0;
  bool aborts = false;
  Clock::time_point due;
};

PipelinedCommits::PipelinedCommits(std::uint16_t port, const Shape& shape, std::size_t connections,
                                   std::size_t in_flight, std::int64_t voter)
    : shape_(shape), in_flight_(in_flight), voter_(voter) {
  for (std::size_t i = 0; i < connections; ++i) lanes_.push_back(std::make_unique<Lane>(port));
}

PipelinedCommits::~PipelinedCommits() = default;

void PipelinedCommits::start() {
  stopping_ = false;
  closed_loop_ = true;
  for (const auto& lane : lanes_) {
    lane->reactor.run_and_wait([&] {
      for (std::size_t i = 0; i < in_flight_; ++i) begin(*lane, Clock::now());
    });
  }
}

void PipelinedCommits::stop() {
  stopping_ = true;
  for (const auto& lane : lanes_) {
    while (lane->in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  closed_loop_ = false;
}

Ended PipelinedCommits::ended() const {
  Ended sum;
  for (const auto& lane : lanes_) {
    sum.committed += lane->committed.load(std::memory_order_relaxed);
    sum.rolled_back += lane->rolled_back.load(std::memory_order_relaxed);
  }
  return sum;
}

void PipelinedCommits::begin(Lane& lane, Clock::time_point due) {
  ++lane.in_flight;
  auto flight = std::make_shared<Flight>();
  flight->xid = lane.minter.next(shape_.timeout_s);
  flight->votes_left = shape_.branches;
  flight->aborts = ++lane.begun % 100 < shape_.abort_percent;
  flight->due = due;
  for (std::size_t i = 0; i < shape_.branches; ++i) {
    lane.client.vote(vote_of(flight->xid, shape_, i, voter_), call_timeout,
                     [this, &lane, flight](rpc::CallResult<wire::Answer> answer) {
                       must_be(must(std::move(answer), "a vote"), wire::Verdict::taken, "a vote");
                       if (--flight->votes_left == 0) voted(lane, flight);
                     });
  }
}

void PipelinedCommits::voted(Lane& lane, const std::shared_ptr<Flight>& flight) {
  if (flight->aborts) {
    lane.client.rollback(rollback_of(flight->xid), call_timeout,
                         [this, &lane, flight](rpc::CallResult<wire::Answer> answer) {
                           end(lane, *flight, must(std::move(answer), "a rollback"));
                         });
    return;
  }
  lane.client.commit(commit_of(flight->xid, shape_), call_timeout,
                     [this, &lane, flight](rpc::CallResult<wire::Answer> answer) {
                       end(lane, *flight, must(std::move(answer), "a commit"));
                     });
}

void PipelinedCommits::end(Lane& lane, const Flight& flight, const wire::Answer& answer) {
  must_be(answer, flight.aborts ? wire::Verdict::rolled_back : wire::Verdict::committed,
          "the end of a transaction");
  (flight.aborts ? lane.rolled_back : lane.committed).fetch_add(1, std::memory_order_relaxed);
  if (closed_loop_.load(std::memory_order_relaxed)) {
    if (!stopping_.load(std::memory_order_relaxed)) begin(lane, Clock::now());
  } else {
    lane.latencies.add(microseconds(Clock::now() - flight.due));
  }
  --lane.in_flight;
}

Load PipelinedCommits::load() {
  return {[this] { start(); }, [this] { stop(); }, [this] { return ended().all(); }};
}

Latencies PipelinedCommits::at_rate(double per_second, std::chrono::milliseconds length) {
  const auto interval = std::chrono::duration<double>(1 / per_second);
  const auto begin_at = Clock::now();
  std::uint64_t begun = 0;
  while (Clock::now() < begin_at + length) {
    const auto until = static_cast<std::uint64_t>((Clock::now() - begin_at) / interval);
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      Lane& lane = *lanes_[i];
      lane.reactor.run_and_wait([&] {
        for (std::uint64_t n = begun; n < until; ++n) {
          if (n % lanes_.size() != i) continue;
          begin(lane,
                begin_at + std::chrono::duration_cast<Clock::duration>(interval * static_cast<double>(n)));
        }
      });
    }
    begun = until;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  Latencies all;
  for (const auto& lane : lanes_) {
    while (lane->in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    lane->reactor.run_and_wait([&] { all.merge(std::exchange(lane->latencies, {})); });
  }
  return all;
}

// --- synchronous

struct SynchronousCommit::Parts {
  explicit Parts(std::uint16_t port)
      : channel({.port = port}), client(channel), minter(open_session(client)) {}
  rpc::BlockingChannel channel;
  rpc::Client client;
  Minter minter;
};

SynchronousCommit::SynchronousCommit(std::uint16_t port, const Shape& shape, std::int64_t voter)
    : shape_(shape), voter_(voter), parts_(std::make_unique<Parts>(port)) {}
SynchronousCommit::~SynchronousCommit() = default;

void SynchronousCommit::ping() { must(parts_->client.ping(call_timeout), "a ping"); }

double SynchronousCommit::commit() {
  const std::string xid = parts_->minter.next(shape_.timeout_s);
  for (std::size_t i = 0; i < shape_.branches; ++i) {
    must_be(must(parts_->client.vote(vote_of(xid, shape_, i, voter_), call_timeout), "a vote"),
            wire::Verdict::taken, "a vote");
  }
  const auto begin = Clock::now();
  must_be(must(parts_->client.commit(commit_of(xid, shape_), call_timeout), "a commit"),
          wire::Verdict::committed, "a commit");
  return microseconds(Clock::now() - begin);
}

}  // namespace vow::bench
