#include "coordinator/http/encode.h"

namespace vow::http {
namespace {

JsonObject encode(const txn::Preparation& preparation) {
  return JsonObject().put("branch", preparation.branch.view()).put("nonce", preparation.nonce.value());
}

JsonObject encode(const dispatch::Command& command) {
  return JsonObject()
      .put("action", name(command.action))
      .put("xid", to_string(command.xid))
      .put("preparation", encode(command.preparation))
      .put("resource", command.resource)
      .put("attempt", std::uint64_t{command.attempt});
}

JsonObject encode(const dispatch::BranchShown& branch) {
  return JsonObject()
      .put("branch", branch.branch)
      .put("nonce", branch.nonce)
      .put("resource", branch.resource)
      .put("standing", branch.standing)
      .put("attempts", std::uint64_t{branch.attempts})
      .put("last_error", branch.last_error)
      .put("next_attempt_in_ms", branch.next_attempt_in_ms);
}

JsonObject encode(const txn::Forced& forced) {
  return JsonObject()
      .put("branch", forced.branch.view())
      .put("committed", forced.committed)
      .put("at_ms", forced.at_ms)
      .put("who", forced.who)
      .put("why", forced.why);
}

JsonObject encode(const dispatch::Served& served) {
  return JsonObject().put("resource", served.resource).put("weight", std::uint64_t{served.weight});
}

JsonObject encode(const dispatch::SessionShown& session) {
  return JsonObject()
      .put("session", session.session.value())
      .put("process", session.process)
      .put("silent_ms", session.silent_ms)
      .put("polling", session.polling)
      .put_each("serves", session.serves, [](const auto& served) { return encode(served); })
      .put("in_flight", std::uint64_t{session.in_flight})
      .put("queued", std::uint64_t{session.queued});
}

JsonObject encode(const dispatch::ResourceShown& resource) {
  return JsonObject()
      .put("resource", resource.resource)
      .put("instances", std::uint64_t{resource.instances})
      .put("backlog", std::uint64_t{resource.backlog})
      .put("failing", std::uint64_t{resource.failing})
      .put("oldest_ms", resource.oldest_ms)
      .put("done", resource.done);
}

JsonObject encode(const MemberView& member) {
  JsonObject object;
  object.put("node", to_string(member.node))
      .put("role", member.role)
      .put("peer", member.addresses.peer)
      .put("client", member.addresses.client)
      .put("http", member.addresses.http);
  member.matched ? object.put("matched", member.matched->value()) : object.put_null("matched");
  member.active ? object.put("active", *member.active) : object.put_null("active");
  return object;
}

}  // namespace

JsonObject encode(const Done&) { return {}; }

JsonObject encode(const Reported& reported) {
  return JsonObject().put("reports", std::uint64_t{reported.reports});
}

JsonObject encode(const txn::Answer& answer) {
  return JsonObject()
      .put("verdict", name(answer.verdict))
      .put("reason", name(answer.reason))
      .put("unfinished", std::uint64_t{answer.unfinished});
}

JsonObject encode(const dispatch::Begun& begun) { return JsonObject().put("xid", to_string(begun.xid)); }

JsonObject encode(const dispatch::SessionOpened& opened) {
  return JsonObject()
      .put("session", opened.session.value())
      .put("cell", std::uint64_t{opened.cell})
      .put("incarnation", std::uint64_t{opened.incarnation})
      .put("term", opened.term.value())
      .put("clock_ms", opened.clock_ms)
      .put("expires_after_ms", std::uint64_t{opened.expires_after_ms})
      .put("timeout_s_max", std::uint64_t{opened.timeout_s_max});
}

JsonObject encode(const dispatch::Polled& polled) {
  return JsonObject()
      .put("clock_ms", polled.clock_ms)
      .put("term", polled.term.value())
      .put_each("commands", polled.commands, [](const auto& command) { return encode(command); });
}

JsonObject encode(const dispatch::TransactionShown& shown) {
  return JsonObject()
      .put("xid", to_string(shown.xid))
      .put("state", shown.state)
      .put("reason", shown.reason)
      .put("waiting_for", shown.waiting_for)
      .put("begun_ms", shown.begun_ms)
      .put("deadline_ms", shown.deadline_ms)
      .put("ended_ms", shown.ended_ms)
      .put_each("branches", shown.branches, [](const auto& branch) { return encode(branch); })
      .put_each("forced", shown.forced, [](const auto& forced) { return encode(forced); });
}

JsonObject encode(const ClusterView& cluster) {
  return JsonObject()
      .put("node", to_string(cluster.node))
      .put("leading", cluster.leading)
      .put("leader", cluster.leader.is_zero() ? "" : to_string(cluster.leader))
      .put("term", cluster.term.value())
      .put("committed", cluster.committed.value())
      .put("applied", cluster.applied.value())
      .put("snapshot", cluster.snapshot.value())
      .put_each("members", cluster.members, [](const auto& member) { return encode(member); });
}

template <class Item>
static JsonObject encode_list(const char* name, const Listed<Item>& listed) {
  return JsonObject()
      .put("node", to_string(listed.node))
      .put("leading", listed.leading)
      .put_each(name, listed.items, [](const Item& item) { return encode(item); });
}

JsonObject encode(const Listed<dispatch::TransactionShown>& listed) {
  return encode_list("transactions", listed);
}
JsonObject encode(const Listed<dispatch::SessionShown>& listed) { return encode_list("sessions", listed); }
JsonObject encode(const Listed<dispatch::ResourceShown>& listed) { return encode_list("resources", listed); }

}  // namespace vow::http
