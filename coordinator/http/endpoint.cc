#include "coordinator/http/endpoint.h"

#include <fmt/format.h>

#include "coordinator/http/text.h"

namespace vow::http {
namespace {

using Code = dispatch::Problem::Code;

Poco::JSON::Object::Ptr object_or_empty(const Result<Poco::JSON::Object::Ptr, std::string>& parsed) {
  return parsed.ok() ? *parsed : Poco::JSON::Object::Ptr(new Poco::JSON::Object);
}

}  // namespace

Arguments::Arguments(const Call& call)
    : call_(call), body_(Poco::JSON::Object::Ptr(new Poco::JSON::Object)), query_(call.target.query) {
  const auto parsed = parse_object(call.request.body);
  if (!parsed.ok()) wrong_ = parsed.error();
  body_ = Fields(object_or_empty(parsed));
}

void Arguments::wrong_in_path(std::string_view what, std::string_view instead) {
  if (!wrong_) wrong_ = fmt::format("in the path: expected {}, got {}", what, quoted(instead));
}

txn::Xid Arguments::xid() {
  const std::string& text = call_.captured.at(0);
  const auto xid = txn::parse_xid(text);
  if (!xid) wrong_in_path(xid_expected, text);
  return xid.value_or(txn::Xid{});
}

txn::BranchName Arguments::branch(std::size_t nth) {
  const std::string& text = call_.captured.at(nth);
  const auto branch = txn::BranchName::from(text);
  if (!branch) wrong_in_path(branch_expected, text);
  return branch.value_or(txn::BranchName{});
}

txn::SessionNumber Arguments::session() {
  const std::string& text = call_.captured.at(0);
  const Range range{1, txn::session_number_max};
  const auto number = parse_number(text, range);
  if (!number) wrong_in_path(fmt::format("a session's number, {}", expected_number(range)), text);
  return txn::SessionNumber(number.value_or(0));
}

NodeId Arguments::node() {
  const std::string& text = call_.captured.at(0);
  const auto node = parse_node(text);
  if (!node) wrong_in_path(node_expected, text);
  return node.value_or(NodeId{});
}

dispatch::OperatorWord Arguments::word() {
  const Range who_size{1, 128};
  const Range why_size{1, 1024};
  return {.who = body_.text("who", who_size), .why = body_.text("why", why_size)};
}

std::optional<Response> Arguments::refusal() {
  body_.end();
  query_.end();
  for (const std::optional<std::string>& wrong : {wrong_, body_.wrong(), query_.wrong()}) {
    if (wrong) return refuse(Code::invalid, *wrong);
  }
  return std::nullopt;
}

Response refuse_silence(Silence silence, Effect effect) {
  if (silence == Silence::refused) {
    return refuse(Code::overloaded,
                  "too many requests wait for this node; this one was not carried out: try again later");
  }
  const std::string why =
      silence == Silence::stopping ? "this node is being stopped" : "this node did not answer in time";
  if (effect == Effect::none) return refuse(Code::not_ready, why + ": try again, or ask another node");
  return refuse(Code::unknown,
                why + "; it may yet carry the request out, or may have done so: ask again what became of it");
}

Response refuse_problem(const Call& call, const dispatch::Problem& problem) {
  if (problem.code != Code::ask_leader && problem.code != Code::not_ready) return refuse(problem);
  const auto leader = call.asker.ask<std::string>(
      call.patience(), [](dispatch::Coordinator& coordinator, const Tell<std::string>& tell) {
        tell(leader_http(coordinator));
      });
  const auto* known = std::get_if<std::string>(&leader);
  return refuse(problem, known != nullptr ? *known : "");
}

Response respond(const Call& call, const Heard<txn::Answer>& heard, Effect effect) {
  if (const auto* silence = std::get_if<Silence>(&heard)) return refuse_silence(*silence, effect);
  const auto& told = std::get<txn::Answer>(heard);
  if (told.verdict != txn::Verdict::ask_leader) return answer(encode(told));
  return refuse_problem(
      call, {.code = Code::ask_leader, .what = "only the leader can answer this: ask there", .leader = {}});
}

}  // namespace vow::http
