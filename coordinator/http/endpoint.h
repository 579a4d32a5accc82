// What all endpoints are made of: reading a call's arguments, and making a response of what was heard.
#pragma once

#include <optional>
#include <string>

#include "coordinator/http/encode.h"
#include "coordinator/http/route.h"

namespace vow::http {

// What a call says in its path, query and body; the first thing that is wrong with it is kept.
class Arguments {
 public:
  explicit Arguments(const Call& call);

  [[nodiscard]] Fields& body() { return body_; }
  [[nodiscard]] Query& query() { return query_; }
  // From the path: the nth of its {names}.
  [[nodiscard]] txn::Xid xid();
  [[nodiscard]] txn::BranchName branch(std::size_t nth);
  [[nodiscard]] txn::SessionNumber session();
  [[nodiscard]] NodeId node();
  // From the body: who asks for it and why. Required of every act of an operator.
  [[nodiscard]] dispatch::OperatorWord word();

  // After everything was read: why the call cannot be carried out, if so.
  [[nodiscard]] std::optional<Response> refusal();

 private:
  void wrong_in_path(std::string_view what, std::string_view instead);

  const Call& call_;
  std::optional<std::string> wrong_;
  Fields body_;
  Query query_;
};

template <class T>
using Told = Result<T, dispatch::Problem>;

// Whether asking may change something: then silence leaves the outcome unknown.
enum class Effect : std::uint8_t { none, some };

[[nodiscard]] Response refuse_silence(Silence silence, Effect effect);
// With the leader's address, where that helps.
[[nodiscard]] Response refuse_problem(const Call& call, const dispatch::Problem& problem);

template <class T>
[[nodiscard]] Response respond(const Call& call, const Heard<Told<T>>& heard, Effect effect) {
  if (const auto* silence = std::get_if<Silence>(&heard)) return refuse_silence(*silence, effect);
  const auto& told = std::get<Told<T>>(heard);
  return told.ok() ? answer(encode(*told)) : refuse_problem(call, told.error());
}
// A verdict that only the leader can give is refused as everything else of that kind.
[[nodiscard]] Response respond(const Call& call, const Heard<txn::Answer>& heard, Effect effect);

// What has no value of its own.
[[nodiscard]] inline Told<Done> done_if(const Result<void, dispatch::Problem>& result) {
  if (!result.ok()) return Failure{result.error()};
  return Done{};
}

}  // namespace vow::http
