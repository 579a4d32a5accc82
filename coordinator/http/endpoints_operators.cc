#include "coordinator/http/endpoint.h"
#include "coordinator/http/endpoints.h"

namespace vow::http {
namespace {

using dispatch::Coordinator;

// Carries out an act of an operator, and has it put down, whatever comes of it. `act(coordinator, done)` runs
// on the loop.
template <class Act>
Response carry_out(const Call& call, const dispatch::OperatorWord& word, Act act) {
  const auto heard = call.asker.ask<Told<Done>>(
      std::chrono::milliseconds(call.options.act_ms_max),
      [act = std::move(act)](Coordinator& coordinator, Tell<Told<Done>> tell) {
        act(coordinator, [tell = std::move(tell)](const Result<void, dispatch::Problem>& result) {
          tell(done_if(result));
        });
      });
  Response response = respond(call, heard, Effect::some);
  const std::string path = call.request.target.substr(0, call.request.target.find('?'));
  call.options.on_operator_act(
      {.what = call.request.method + " " + path, .word = word, .status = response.status});
  return response;
}

using ActDone = Coordinator::ForceDone;

}  // namespace

Response show_cluster(const Call& call) {
  Arguments arguments(call);
  if (const auto refusal = arguments.refusal()) return *refusal;
  const auto heard = call.asker.ask<Told<ClusterView>>(
      call.patience(),
      [self = call.options.self](const Coordinator& coordinator, const Tell<Told<ClusterView>>& tell) {
        tell(view_cluster(coordinator, self));
      });
  return respond(call, heard, Effect::none);
}

Response retry(const Call& call) {
  Arguments arguments(call);
  const txn::Xid xid = arguments.xid();
  const dispatch::OperatorWord word = arguments.word();
  if (const auto refusal = arguments.refusal()) return *refusal;
  return carry_out(call, word,
                   [xid](Coordinator& coordinator, const ActDone& done) { done(coordinator.retry(xid)); });
}

Response force(const Call& call) {
  Arguments arguments(call);
  const txn::Xid xid = arguments.xid();
  const txn::BranchName branch = arguments.branch(1);
  const bool committed = arguments.body().truth("committed");
  const dispatch::OperatorWord word = arguments.word();
  if (const auto refusal = arguments.refusal()) return *refusal;
  return carry_out(call, word, [=](Coordinator& coordinator, ActDone done) {
    coordinator.force(xid, branch, committed, word, std::move(done));
  });
}

Response add_member(const Call& call) {
  Arguments arguments(call);
  Fields& body = arguments.body();
  const NodeId node = body.node("node");
  const dispatch::MemberAddresses addresses{.peer = body.address("peer", true),
                                            .client = body.address("client", false),
                                            .http = body.address("http", false)};
  const dispatch::OperatorWord word = arguments.word();
  if (const auto refusal = arguments.refusal()) return *refusal;
  return carry_out(call, word, [=](Coordinator& coordinator, ActDone done) {
    coordinator.add_member(node, addresses, std::move(done));
  });
}

Response promote_member(const Call& call) {
  Arguments arguments(call);
  const NodeId node = arguments.node();
  const dispatch::OperatorWord word = arguments.word();
  if (const auto refusal = arguments.refusal()) return *refusal;
  return carry_out(call, word, [node](Coordinator& coordinator, ActDone done) {
    coordinator.promote_member(node, std::move(done));
  });
}

Response remove_member(const Call& call) {
  Arguments arguments(call);
  const NodeId node = arguments.node();
  const dispatch::OperatorWord word = arguments.word();
  if (const auto refusal = arguments.refusal()) return *refusal;
  return carry_out(call, word, [node](Coordinator& coordinator, ActDone done) {
    coordinator.remove_member(node, std::move(done));
  });
}

Response transfer_leadership(const Call& call) {
  Arguments arguments(call);
  const NodeId to = arguments.body().node("to");
  const dispatch::OperatorWord word = arguments.word();
  if (const auto refusal = arguments.refusal()) return *refusal;
  return carry_out(call, word, [to](Coordinator& coordinator, const ActDone& done) {
    done(coordinator.transfer_leadership(to));
  });
}

}  // namespace vow::http
