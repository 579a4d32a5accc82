#include "tests/sim/cell/client.h"

#include <charconv>

#include "coordinator/dispatch/node_coordinator.h"
#include "tests/sim/cell/cell_program.h"

namespace vow::sim::cell {
namespace {

using dispatch::NodeCoordinator;
using dispatch::Problem;

// Client addresses are the ids of their nodes.
NodeId node_at(const std::string& address) {
  std::uint64_t id = 0;
  std::from_chars(address.data(), address.data() + address.size(), id);
  return NodeId(id);
}

}  // namespace

template <class T>
void Client::ask(NodeId to, Time patience, Request<T> request, std::function<void(std::optional<T>)> done) {
  using Told = Reply<T>;
  const auto at_node = [this, to, request = std::move(request)](std::function<void(Told)> reply) {
    Host* host = cluster_.host(to);
    if (host == nullptr) return;
    host->call([host, request, reply = std::move(reply)](node::Node&) {
      auto& coordinator = dynamic_cast<CellProgram&>(host->program()).coordinator();
      request(coordinator, [&coordinator, reply](T value) {
        reply({std::move(value), node_at(coordinator.leader_address()), coordinator.is_leading()});
      });
    });
  };
  call<Told>(to, patience, at_node, [this, to, done = std::move(done)](std::optional<Told> told) {
    if (!told) {
      if (contact_ == to) look_elsewhere();
      return done(std::nullopt);
    }
    if (told->leads)
      contact_ = to;
    else if (!told->leader.is_zero())
      contact_ = told->leader;
    done(std::move(told->value));
  });
}

void Client::ask_about(NodeId to, Time patience, Request<txn::Answer> request, Answered done) {
  ask<txn::Answer>(to, patience, std::move(request),
                   [this, to, done = std::move(done)](const std::optional<txn::Answer>& answer) {
                     const bool lost =
                         answer && answer->verdict == txn::Verdict::ask_leader && contact_ == to;
                     if (lost) look_elsewhere();
                     done(answer);
                   });
}

void Client::vote(const txn::Vote& vote, Answered done) {
  const NodeId to = somebody();
  ask_about(
      to, habits_.patience,
      [this, to, vote](NodeCoordinator& coordinator, const std::function<void(txn::Answer)>& reply) {
        const txn::Answer answer = coordinator.vote(vote);
        checker_.told(to, vote.xid, vote.preparation, answer);
        reply(answer);
      },
      std::move(done));
}

void Client::enlist(const txn::Enlistment& enlistment, Answered done) {
  const NodeId to = somebody();
  ask_about(
      to, habits_.patience,
      [this, to, enlistment](NodeCoordinator& coordinator, const std::function<void(txn::Answer)>& reply) {
        const txn::Answer answer = coordinator.enlist(enlistment);
        checker_.told_enlisting(to, enlistment.xid, answer);
        reply(answer);
      },
      std::move(done));
}

void Client::commit(const dispatch::Commit& commit, Time patience, Answered done) {
  const NodeId to = somebody();
  ask_about(
      to, patience,
      [this, to, commit](NodeCoordinator& coordinator, std::function<void(txn::Answer)> reply) {
        const bool waits = commit.wait_finished_ms > 0 && coordinator.is_leading();
        coordinator.commit(
            commit, [this, to, waits, xid = commit.xid, reply = std::move(reply)](const txn::Answer& answer) {
              checker_.told(to, xid, std::nullopt, answer);
              if (waits && answer == txn::Answer{txn::Verdict::committed}) checker_.told_all_done(to, xid);
              reply(answer);
            });
      },
      std::move(done));
}

void Client::roll_back(const txn::Xid& xid, std::uint32_t wait_ms, Answered done) {
  const NodeId to = somebody();
  ask_about(
      to, habits_.patience,
      [this, to, xid, wait_ms](NodeCoordinator& coordinator, std::function<void(txn::Answer)> reply) {
        coordinator.rollback(xid, wait_ms,
                             [this, to, xid, reply = std::move(reply)](const txn::Answer& answer) {
                               checker_.told(to, xid, std::nullopt, answer);
                               reply(answer);
                             });
      },
      std::move(done));
}

void Client::ask_outcome(NodeId at, const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                         txn::Asker asker, Answered done) {
  ask_about(
      at, habits_.patience,
      [this, at, xid, of, asker](NodeCoordinator& coordinator,
                                 const std::function<void(txn::Answer)>& reply) {
        if (asker == txn::Asker::involved) checker_.asked_involved(xid);
        const txn::Answer answer = coordinator.outcome(xid, of, asker);
        checker_.told(at, xid, of, answer);
        reply(answer);
      },
      std::move(done));
}

void Client::begin_transaction(std::uint32_t timeout_s, std::function<void(std::optional<txn::Xid>)> done) {
  using Begun = Result<dispatch::Begun, Problem>;
  ask<Begun>(
      contact(), habits_.patience,
      [timeout_s](NodeCoordinator& coordinator, const std::function<void(Begun)>& reply) {
        reply(coordinator.begin(timeout_s));
      },
      [done = std::move(done)](const std::optional<Begun>& begun) {
        done(begun && begun->ok() ? std::optional(begun->value().xid) : std::nullopt);
      });
}

void Client::report(const std::vector<dispatch::Report>& reports) {
  if (!session_) return;
  const txn::SessionNumber number = session_->session;
  ask<bool>(
      contact(), habits_.patience,
      [number, reports](NodeCoordinator& coordinator, const std::function<void(bool)>& reply) {
        for (const dispatch::Report& each : reports) coordinator.report(number, each);
        reply(true);
      },
      [](const std::optional<bool>&) {});
}

NodeId Client::contact() {
  if (contact_.is_zero()) contact_ = any_node();
  return contact_;
}

NodeId Client::any_node() {
  const std::vector<Host*> hosts = cluster_.hosts();
  return hosts.empty() ? NodeId() : hosts[random_.below(hosts.size())]->id();
}

void Client::keep_session(std::vector<dispatch::Served> serves) {
  serves_ = std::move(serves);
  open_session();
}

void Client::open_session() {
  using Opened = Result<dispatch::SessionOpened, Problem>;
  session_.reset();
  const NodeId to = contact();
  ask<Opened>(
      to, habits_.patience,
      [request = dispatch::OpenSession{name(), serves_}](NodeCoordinator& coordinator,
                                                         const std::function<void(Opened)>& reply) {
        reply(coordinator.open_session(request));
      },
      [this, to](const std::optional<Opened>& opened) {
        if (!opened || !opened->ok()) {
          if (contact_ == to) look_elsewhere();
          return after(around(random_, habits_.retry), [this] { open_session(); });
        }
        session_ = opened->value();
        learn_clock(session_->clock_ms);
        world_.trace.line("{} has session {} of term {}", name(), session_->session.value(),
                          session_->term.value());
        poll();
      });
}

void Client::poll() {
  const dispatch::Poll poll{.session = session_->session,
                            .commands_max = 1 + static_cast<std::uint32_t>(random_.below(20)),
                            .wait_ms = habits_.poll_wait_ms};
  using Polled = Result<dispatch::Polled, Problem>;
  ask<Polled>(
      contact(), habits_.poll_wait_ms * millisecond + habits_.patience,
      [this, poll](NodeCoordinator& coordinator, std::function<void(Polled)> reply) {
        coordinator.poll(poll, [this, reply = std::move(reply)](Polled polled) {
          if (polled.ok()) {
            for (const dispatch::Command& each : polled->commands)
              checker_.commanded({each.xid, each.preparation}, each.action);
          }
          reply(std::move(polled));
        });
      },
      [this](const std::optional<Polled>& answer) { polled(answer); });
}

// Without an answer it asks once more: a session is lost only when somebody says so, or when another term
// answers, which knows its number as somebody else's.
void Client::polled(const std::optional<Result<dispatch::Polled, Problem>>& polled) {
  if (polled && !polled->ok()) {
    world_.happened(Rare::session_lost);
    return after(around(random_, habits_.retry), [this] { open_session(); });
  }
  if (polled) {
    learn_clock(polled->value().clock_ms);
    for (const dispatch::Command& command : polled->value().commands) commanded(command);
    if (polled->value().term != session_->term) return open_session();
  }
  after(random_.below(millisecond), [this] { poll(); });
}

void Client::learn_clock(std::uint64_t clock_ms) {
  clock_ms_ = clock_ms;
  clock_at_ms_ = monotonic_ms();
}

std::uint64_t Client::leader_clock_ms() const {
  return clock_ms_ == 0 ? 0 : clock_ms_ + (monotonic_ms() - clock_at_ms_);
}

void Client::crashed() {
  session_.reset();
  clock_ms_ = 0;
  contact_ = NodeId();
}

}  // namespace vow::sim::cell
