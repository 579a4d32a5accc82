#include "coordinator/rpc/carry_out.h"

#include <string>
#include <utility>

namespace vow::rpc {

namespace {

using dispatch::Coordinator;
using dispatch::Problem;

Told told(const Coordinator& coordinator, const txn::Answer& answer) {
  if (answer.verdict == txn::Verdict::ask_leader) return {answer, coordinator.leader_address()};
  return {answer, {}};
}

// --- requests that answer with an Answer: `done(Told)` is called once, at once or later.

template <class Done>
void ask(Coordinator& coordinator, const txn::Vote& vote, Done done) {
  done(told(coordinator, coordinator.vote(vote)));
}
template <class Done>
void ask(Coordinator& coordinator, const txn::Enlistment& enlistment, Done done) {
  done(told(coordinator, coordinator.enlist(enlistment)));
}
template <class Done>
void ask(Coordinator& coordinator, const Question& question, Done done) {
  done(told(coordinator, coordinator.outcome(question.xid, question.of, question.asker)));
}
template <class Done>
void ask(Coordinator& coordinator, dispatch::Commit& commit, Done done) {
  coordinator.commit(std::move(commit),
                     [&coordinator, done](const txn::Answer& answer) { done(told(coordinator, answer)); });
}
template <class Done>
void ask(Coordinator& coordinator, const Rollback& rollback, Done done) {
  coordinator.rollback(rollback.xid, rollback.wait_finished_ms,
                       [&coordinator, done](const txn::Answer& answer) { done(told(coordinator, answer)); });
}

// --- the others

template <class Done>
void ask(Coordinator& coordinator, const dispatch::OpenSession& open, Done done) {
  auto opened = coordinator.open_session(open);
  done(opened ? ReplyBody(*opened) : ReplyBody(opened.error()));
}
template <class Done>
void ask(Coordinator& coordinator, const CloseSession& close, Done done) {
  coordinator.close_session(close.session);
  done(ReplyBody());
}
template <class Done>
void ask(Coordinator& coordinator, const Reports& all, Done done) {
  for (const dispatch::Report& report : all.reports) coordinator.report(all.session, report);
  done(ReplyBody());
}
template <class Done>
void ask(Coordinator& coordinator, const Begin& begin, Done done) {
  auto begun = coordinator.begin(begin.timeout_s);
  done(begun ? ReplyBody(*begun) : ReplyBody(begun.error()));
}
template <class Done>
void ask(Coordinator& coordinator, const dispatch::Poll& poll, Done done) {
  coordinator.poll(poll, [done](Result<dispatch::Polled, Problem> polled) {
    done(polled ? ReplyBody(std::move(*polled)) : ReplyBody(polled.error()));
  });
}

// One reply when the last of many is answered.
struct Gathering {
  std::vector<Told> answers;
  std::size_t missing = 0;
};

template <class One, class Done>
void ask(Coordinator& coordinator, Many<One>& many, Done done) {
  const auto gathering = std::make_shared<Gathering>();
  gathering->answers.resize(many.items.size());
  gathering->missing = many.items.size();
  const auto take = [gathering, done](std::size_t i, Told told) {
    gathering->answers[i] = std::move(told);
    if (--gathering->missing == 0) done(std::move(gathering->answers));
  };
  for (std::size_t i = 0; i < many.items.size(); ++i) {
    if (Invalid* invalid = std::get_if<Invalid>(&many.items[i]))
      take(i, {{txn::Verdict::invalid}, std::move(invalid->why)});
    else
      ask(coordinator, std::get<One>(many.items[i]), [take, i](Told told) { take(i, std::move(told)); });
  }
}

template <class T>
constexpr bool is_many = false;
template <class One>
constexpr bool is_many<Many<One>> = true;

}  // namespace

void Replies::add(const CallId& id, Method method, ReplyBody&& body) {
  by_io_[id.io].emplace_back(id, method, std::move(body));
}

std::vector<Reply> Replies::take(std::size_t io) {
  std::vector<Reply> taken = std::exchange(by_io_[io], {});
  by_io_[io].reserve(taken.size());
  return taken;
}

void carry_out(Coordinator& coordinator, Request request, const std::shared_ptr<Replies>& replies) {
  const auto done = [replies, id = request.id, method = request.method](ReplyBody body) {
    replies->add(id, method, std::move(body));
  };
  std::visit([&](auto& body) { ask(coordinator, body, done); }, request.body);
}

Reply overloaded(const Request& request) {
  const Told refused{{txn::Verdict::overloaded}, {}};
  Reply reply{request.id, request.method, {}};
  std::visit(
      [&]<class T>(const T& body) {
        if constexpr (is_many<T>)
          reply.body = std::vector<Told>(body.items.size(), refused);
        else if (request.method >= Method::enlist)
          reply.body = refused;
        else
          reply.body = Problem{
              Problem::Code::overloaded, "too much waits for this coordinator already: try again later", {}};
      },
      request.body);
  return reply;
}

}  // namespace vow::rpc
