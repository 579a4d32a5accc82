#include <fmt/format.h>

#include "coordinator/http/endpoint.h"
#include "coordinator/http/endpoints.h"
#include "coordinator/http/text.h"

namespace vow::http {
namespace {

using dispatch::Coordinator;
using dispatch::TransactionShown;

constexpr Range resource_size{1, txn::resource_name_size_max};
constexpr std::uint64_t wait_ms_max = 60'000;
constexpr std::size_t preparations_max = 4096;

// What a transaction may be asked for by; how TransactionShown::state can read.
const std::vector<std::string>& states() {
  using txn::State;
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const State state : {State::open, State::preparing, State::deciding, State::committing,
                              State::aborting, State::aborted}) {
      names.emplace_back(name(state));
    }
    for (const txn::Verdict verdict : {txn::Verdict::committed, txn::Verdict::rolled_back,
                                       txn::Verdict::nothing_to_commit, txn::Verdict::forgotten}) {
      names.emplace_back(name(verdict));
    }
    return names;
  }();
  return all;
}

txn::Preparation read_preparation(Fields& fields) {
  txn::Preparation preparation;
  preparation.branch = fields.branch("branch");
  preparation.nonce = txn::Nonce(fields.number("nonce", {1, txn::nonce_max}));
  return preparation;
}

std::uint32_t read_wait(Fields& body) {
  return static_cast<std::uint32_t>(body.number("wait_finished_ms", {0, wait_ms_max}, 0));
}

}  // namespace

Response list_transactions(const Call& call) {
  Arguments arguments(call);
  Query& query = arguments.query();
  dispatch::TransactionFilter filter;
  filter.state = query.text("state").value_or("");
  filter.resource = query.text("resource").value_or("");
  filter.limit = query.number("limit", {1, 10'000}).value_or(filter.limit);
  if (!filter.state.empty() && std::find(states().begin(), states().end(), filter.state) == states().end()) {
    query.expected("state", fmt::format("one of {}", fmt::join(states(), ", ")), quoted(filter.state));
  }
  if (const auto refusal = arguments.refusal()) return *refusal;

  using List = Told<Listed<TransactionShown>>;
  const auto heard = call.asker.ask<List>(
      call.patience(),
      [filter, self = call.options.self](const Coordinator& coordinator, const Tell<List>& tell) {
        tell(Listed<TransactionShown>{self, coordinator.is_leading(), coordinator.list(filter)});
      });
  return respond(call, heard, Effect::none);
}

Response begin_transaction(const Call& call) {
  Arguments arguments(call);
  const auto timeout_s =
      static_cast<std::uint32_t>(arguments.body().number("timeout_s", {1, txn::Xid::timeout_s_max}));
  if (const auto refusal = arguments.refusal()) return *refusal;

  using Begun = Told<dispatch::Begun>;
  const auto heard = call.asker.ask<Begun>(
      call.patience(),
      [timeout_s](Coordinator& coordinator, const Tell<Begun>& tell) { tell(coordinator.begin(timeout_s)); });
  return respond(call, heard, Effect::none);
}

Response show_transaction(const Call& call) {
  Arguments arguments(call);
  const txn::Xid xid = arguments.xid();
  if (const auto refusal = arguments.refusal()) return *refusal;

  using Shown = Told<TransactionShown>;
  const auto heard = call.asker.ask<Shown>(call.patience(), [xid](const Coordinator& coordinator,
                                                                  const Tell<Shown>& tell) {
    auto shown = coordinator.show(xid);
    if (shown) return tell(std::move(*shown));
    const std::string advice = coordinator.is_leading() ? "it may never have been begun, or be long forgotten"
                                                        : "this node does not lead: the leader may know more";
    tell(Failure{dispatch::Problem{.code = dispatch::Problem::Code::not_found,
                                   .what = fmt::format("this node has nothing to show of {}: {}; ask for its "
                                                       "outcome to learn what became of it",
                                                       to_string(xid), advice),
                                   .leader = {}}});
  });
  return respond(call, heard, Effect::none);
}

Response vote(const Call& call) {
  Arguments arguments(call);
  Fields& body = arguments.body();
  txn::Vote vote;
  vote.xid = arguments.xid();
  vote.preparation = read_preparation(body);
  vote.resource = body.text("resource", resource_size);
  vote.ballot = body.choice<txn::Ballot>("ballot", {{"prepared", txn::Ballot::prepared},
                                                    {"read_only", txn::Ballot::read_only},
                                                    {"refused", txn::Ballot::refused}});
  vote.session = txn::SessionNumber(body.number("session", {0, txn::session_number_max}, 0));
  vote.enlistment = body.number("enlistment", {}, 0);
  if (const auto refusal = arguments.refusal()) return *refusal;

  const auto heard = call.asker.ask<txn::Answer>(
      call.patience(),
      [vote](Coordinator& coordinator, const Tell<txn::Answer>& tell) { tell(coordinator.vote(vote)); });
  return respond(call, heard, Effect::some);
}

Response enlist(const Call& call) {
  Arguments arguments(call);
  Fields& body = arguments.body();
  txn::Enlistment enlistment;
  enlistment.xid = arguments.xid();
  enlistment.branch = body.branch("branch");
  enlistment.resource = body.text("resource", resource_size);
  enlistment.session = txn::SessionNumber(body.number("session", {1, txn::session_number_max}));
  enlistment.enlistment = body.number("enlistment", {});
  if (const auto refusal = arguments.refusal()) return *refusal;

  const auto heard = call.asker.ask<txn::Answer>(
      call.patience(), [enlistment](Coordinator& coordinator, const Tell<txn::Answer>& tell) {
        tell(coordinator.enlist(enlistment));
      });
  return respond(call, heard, Effect::some);
}

Response commit(const Call& call) {
  Arguments arguments(call);
  dispatch::Commit commit;
  commit.xid = arguments.xid();
  for (Fields& preparation : arguments.body().objects("preparations", preparations_max)) {
    commit.named.push_back(read_preparation(preparation));
    preparation.end();
  }
  commit.wait_finished_ms = read_wait(arguments.body());
  if (const auto refusal = arguments.refusal()) return *refusal;

  const auto wait = call.patience() + std::chrono::milliseconds(commit.wait_finished_ms);
  const auto heard =
      call.asker.ask<txn::Answer>(wait, [commit](Coordinator& coordinator, Tell<txn::Answer> tell) {
        coordinator.commit(commit, std::move(tell));
      });
  return respond(call, heard, Effect::some);
}

Response rollback(const Call& call) {
  Arguments arguments(call);
  const txn::Xid xid = arguments.xid();
  const std::uint32_t wait_finished_ms = read_wait(arguments.body());
  if (const auto refusal = arguments.refusal()) return *refusal;

  const auto wait = call.patience() + std::chrono::milliseconds(wait_finished_ms);
  const auto heard = call.asker.ask<txn::Answer>(
      wait, [xid, wait_finished_ms](Coordinator& coordinator, Tell<txn::Answer> tell) {
        coordinator.rollback(xid, wait_finished_ms, std::move(tell));
      });
  return respond(call, heard, Effect::some);
}

Response outcome(const Call& call) {
  Arguments arguments(call);
  Query& query = arguments.query();
  const txn::Xid xid = arguments.xid();
  const auto branch = query.branch("branch");
  const auto nonce = query.number("nonce", {1, txn::nonce_max});
  if (branch.has_value() != nonce.has_value()) {
    query.expected(branch ? "nonce" : "branch", "both branch and nonce, or neither", "only the other");
  }
  const auto asker = query.truth("involved") ? txn::Asker::involved : txn::Asker::watcher;
  if (const auto refusal = arguments.refusal()) return *refusal;

  std::optional<txn::Preparation> of;
  if (branch && nonce) of = txn::Preparation{*branch, txn::Nonce(*nonce)};
  const auto heard = call.asker.ask<txn::Answer>(
      call.patience(), [xid, of, asker](Coordinator& coordinator, const Tell<txn::Answer>& tell) {
        tell(coordinator.outcome(xid, of, asker));
      });
  return respond(call, heard, asker == txn::Asker::involved ? Effect::some : Effect::none);
}

}  // namespace vow::http
