#include "participant-sdk/testing/wire.h"

#include <future>
#include <string_view>
#include <utility>

namespace vow::testing {
namespace {

// Of what a frame asks, if tests can disturb it.
std::optional<request> request_of(std::string_view method) {
  if (method == "vote" || method == "votes") return request::vote;
  if (method == "commit" || method == "commits") return request::commit;
  if (method == "rollback" || method == "rollbacks") return request::rollback;
  if (method == "outcome" || method == "outcomes") return request::outcome;
  if (method == "poll") return request::poll;
  if (method == "report") return request::report;
  return std::nullopt;
}

void fail(const rpc::CallDone& done, rpc::CallFailure::Kind kind, const char* why) {
  const rpc::CallFailure failure{kind, why};
  done({nullptr, &failure});
}

}  // namespace

Wire::Wire(std::shared_ptr<Process> of, rpc::Caller& to)
    : process_(std::move(of)), to_(to), late_(process_->stage().alarms(), to) {}

void Wire::call(rpc::CallFrame& frame, rpc::CallTimeout timeout, rpc::CallDone done) {
  pass(frame, timeout, std::move(done),
       [&](rpc::CallDone then) { to_.call(frame, timeout, std::move(then)); });
}

void Wire::call_and_wait(rpc::CallFrame& frame, rpc::CallTimeout timeout, const rpc::CallDone& done) {
  const auto ended = std::make_shared<std::promise<void>>();
  pass(
      frame, timeout,
      [&done, ended](const rpc::CallOutcome& outcome) {
        done(outcome);
        ended->set_value();
      },
      [&](rpc::CallDone then) { to_.call_and_wait(frame, timeout, then); });
  ended->get_future().get();
}

// What it hands on refers to the process, not to this: answers come after this has ended, too.
void Wire::pass(rpc::CallFrame& frame, rpc::CallTimeout timeout, rpc::CallDone done, const Send& send) {
  const auto what = request_of(frame.method());
  const bool is_awaited = what != request::poll;  // a poll waits for as long as nothing is to be done
  const bool leaves = is_awaited ? process_->sends() : !process_->is_dead();
  if (!leaves) return fail(done, rpc::CallFailure::Kind::unsent, "the process was ended by a test");
  if (is_awaited) {
    done = [process = process_, done = std::move(done)](const rpc::CallOutcome& outcome) {
      done(outcome);
      process->arrived();
    };
  }
  const auto passage = what ? process_->stage().faults().strikes(process_->name(), *what) : std::nullopt;
  if (!passage) return send(std::move(done));
  switch (passage->how) {
    case Passage::How::lost:
      return fail(done, rpc::CallFailure::Kind::unanswered, "the request was lost by a test");
    case Passage::How::answer_lost:
      return send([done = std::move(done)](const rpc::CallOutcome&) {
        fail(done, rpc::CallFailure::Kind::unanswered, "the answer was lost by a test");
      });
    case Passage::How::late:
      return late_.add(frame, timeout, passage->late_by, std::move(done));
  }
}

}  // namespace vow::testing
