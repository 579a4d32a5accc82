#include "coordinator/rpc/client.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "thrift/gen/client/Coordinator.h"

namespace vow::rpc {

namespace {

CallError error(CallFailure::Kind kind, std::string what) { return {CallFailure{kind, std::move(what)}}; }

// Reads `Presult`, the generated result of a call that returns a T.
template <class Presult, class T>
CallResult<T> read(const CallOutcome& outcome) {
  if (outcome.failure != nullptr) return Failure{CallError{*outcome.failure}};
  Presult result;
  if constexpr (std::is_void_v<T>) {
    if (std::string why = outcome.answer->read(result); !why.empty())
      return Failure{error(CallFailure::Kind::garbled, "the answer cannot be read: " + why)};
    if constexpr (requires { result.problem; })
      if (result.__isset.problem) return Failure{CallError{std::move(result.problem)}};
    return {};
  } else {
    T value{};
    result.success = &value;
    if (std::string why = outcome.answer->read(result); !why.empty())
      return Failure{error(CallFailure::Kind::garbled, "the answer cannot be read: " + why)};
    if (result.__isset.success) return value;
    if constexpr (requires { result.problem; })
      if (result.__isset.problem) return Failure{CallError{std::move(result.problem)}};
    return Failure{error(CallFailure::Kind::garbled, "the answer is neither a result nor a problem")};
  }
}

template <class Presult, class T>
void start(Caller& caller, CallFrame& frame, CallTimeout timeout, Done<T> done) {
  caller.call(frame, timeout,
              [done = std::move(done)](const CallOutcome& outcome) { done(read<Presult, T>(outcome)); });
}

template <class Presult, class T>
CallResult<T> wait(Caller& caller, CallFrame& frame, CallTimeout timeout) {
  std::optional<CallResult<T>> result;
  caller.call_and_wait(frame, timeout,
                       [&result](const CallOutcome& outcome) { result.emplace(read<Presult, T>(outcome)); });
  return std::move(*result);
}

// The frames of all calls.
CallFrame& ping_frame() { return CallFrame::encode("ping", wire::Coordinator_ping_pargs()); }

CallFrame& open_session_frame(const wire::OpenSession& request) {
  wire::Coordinator_open_session_pargs args;
  args.request = &request;
  return CallFrame::encode("open_session", args);
}

CallFrame& close_session_frame(std::int64_t session) {
  wire::Coordinator_close_session_pargs args;
  args.session = &session;
  return CallFrame::encode("close_session", args);
}

CallFrame& poll_frame(const wire::Poll& poll) {
  wire::Coordinator_poll_pargs args;
  args.poll = &poll;
  return CallFrame::encode("poll", args);
}

CallFrame& report_frame(std::int64_t session, const std::vector<wire::Report>& reports) {
  wire::Coordinator_report_pargs args;
  args.session = &session;
  args.reports = &reports;
  return CallFrame::encode("report", args);
}

CallFrame& begin_frame(std::int32_t timeout_s) {
  wire::Coordinator_begin_transaction_pargs args;
  args.timeout_s = &timeout_s;
  return CallFrame::encode("begin_transaction", args);
}

CallFrame& enlist_frame(const wire::Enlistment& enlistment) {
  wire::Coordinator_enlist_pargs args;
  args.enlistment = &enlistment;
  return CallFrame::encode("enlist", args);
}

CallFrame& vote_frame(const wire::Vote& vote) {
  wire::Coordinator_vote_pargs args;
  args.vote = &vote;
  return CallFrame::encode("vote", args);
}

CallFrame& commit_frame(const wire::Commit& commit) {
  wire::Coordinator_commit_pargs args;
  args.commit = &commit;
  return CallFrame::encode("commit", args);
}

CallFrame& rollback_frame(const wire::Rollback& rollback) {
  wire::Coordinator_rollback_pargs args;
  args.rollback = &rollback;
  return CallFrame::encode("rollback", args);
}

CallFrame& outcome_frame(const wire::Question& question) {
  wire::Coordinator_outcome_pargs args;
  args.question = &question;
  return CallFrame::encode("outcome", args);
}

CallFrame& enlistments_frame(const std::vector<wire::Enlistment>& enlistments) {
  wire::Coordinator_enlistments_pargs args;
  args.enlistments = &enlistments;
  return CallFrame::encode("enlistments", args);
}

CallFrame& votes_frame(const std::vector<wire::Vote>& votes) {
  wire::Coordinator_votes_pargs args;
  args.votes = &votes;
  return CallFrame::encode("votes", args);
}

CallFrame& commits_frame(const std::vector<wire::Commit>& commits) {
  wire::Coordinator_commits_pargs args;
  args.commits = &commits;
  return CallFrame::encode("commits", args);
}

CallFrame& rollbacks_frame(const std::vector<wire::Rollback>& rollbacks) {
  wire::Coordinator_rollbacks_pargs args;
  args.rollbacks = &rollbacks;
  return CallFrame::encode("rollbacks", args);
}

CallFrame& outcomes_frame(const std::vector<wire::Question>& questions) {
  wire::Coordinator_outcomes_pargs args;
  args.questions = &questions;
  return CallFrame::encode("outcomes", args);
}

}  // namespace

std::string CallError::text() const {
  if (const CallFailure* failed = failure()) return fmt::format("{}: {}", name(failed->kind), failed->what);
  return problem()->why;
}

CallResult<void> Client::ping(CallTimeout timeout) {
  return wait<wire::Coordinator_ping_presult, void>(caller_, ping_frame(), timeout);
}

CallResult<wire::SessionOpened> Client::open_session(const wire::OpenSession& request, CallTimeout timeout) {
  return wait<wire::Coordinator_open_session_presult, wire::SessionOpened>(
      caller_, open_session_frame(request), timeout);
}

CallResult<void> Client::close_session(std::int64_t session, CallTimeout timeout) {
  return wait<wire::Coordinator_close_session_presult, void>(caller_, close_session_frame(session), timeout);
}

CallResult<wire::Polled> Client::poll(const wire::Poll& poll, CallTimeout timeout) {
  return wait<wire::Coordinator_poll_presult, wire::Polled>(caller_, poll_frame(poll), timeout);
}

CallResult<void> Client::report(std::int64_t session, const std::vector<wire::Report>& reports,
                                CallTimeout timeout) {
  return wait<wire::Coordinator_report_presult, void>(caller_, report_frame(session, reports), timeout);
}

CallResult<std::string> Client::begin(std::int32_t timeout_s, CallTimeout timeout) {
  return wait<wire::Coordinator_begin_transaction_presult, std::string>(caller_, begin_frame(timeout_s),
                                                                        timeout);
}

CallResult<wire::Answer> Client::enlist(const wire::Enlistment& enlistment, CallTimeout timeout) {
  return wait<wire::Coordinator_enlist_presult, wire::Answer>(caller_, enlist_frame(enlistment), timeout);
}

CallResult<wire::Answer> Client::vote(const wire::Vote& vote, CallTimeout timeout) {
  return wait<wire::Coordinator_vote_presult, wire::Answer>(caller_, vote_frame(vote), timeout);
}

CallResult<wire::Answer> Client::commit(const wire::Commit& commit, CallTimeout timeout) {
  return wait<wire::Coordinator_commit_presult, wire::Answer>(caller_, commit_frame(commit), timeout);
}

CallResult<wire::Answer> Client::rollback(const wire::Rollback& rollback, CallTimeout timeout) {
  return wait<wire::Coordinator_rollback_presult, wire::Answer>(caller_, rollback_frame(rollback), timeout);
}

CallResult<wire::Answer> Client::outcome(const wire::Question& question, CallTimeout timeout) {
  return wait<wire::Coordinator_outcome_presult, wire::Answer>(caller_, outcome_frame(question), timeout);
}

CallResult<Client::Answers> Client::enlistments(const std::vector<wire::Enlistment>& enlistments,
                                                CallTimeout timeout) {
  return wait<wire::Coordinator_enlistments_presult, Client::Answers>(caller_, enlistments_frame(enlistments),
                                                                      timeout);
}

CallResult<Client::Answers> Client::votes(const std::vector<wire::Vote>& votes, CallTimeout timeout) {
  return wait<wire::Coordinator_votes_presult, Client::Answers>(caller_, votes_frame(votes), timeout);
}

CallResult<Client::Answers> Client::commits(const std::vector<wire::Commit>& commits, CallTimeout timeout) {
  return wait<wire::Coordinator_commits_presult, Client::Answers>(caller_, commits_frame(commits), timeout);
}

CallResult<Client::Answers> Client::rollbacks(const std::vector<wire::Rollback>& rollbacks,
                                              CallTimeout timeout) {
  return wait<wire::Coordinator_rollbacks_presult, Client::Answers>(caller_, rollbacks_frame(rollbacks),
                                                                    timeout);
}

CallResult<Client::Answers> Client::outcomes(const std::vector<wire::Question>& questions,
                                             CallTimeout timeout) {
  return wait<wire::Coordinator_outcomes_presult, Client::Answers>(caller_, outcomes_frame(questions),
                                                                   timeout);
}

void Client::ping(CallTimeout timeout, Done<void> done) {
  start<wire::Coordinator_ping_presult, void>(caller_, ping_frame(), timeout, std::move(done));
}

void Client::open_session(const wire::OpenSession& request, CallTimeout timeout,
                          Done<wire::SessionOpened> done) {
  start<wire::Coordinator_open_session_presult, wire::SessionOpened>(caller_, open_session_frame(request),
                                                                     timeout, std::move(done));
}

void Client::close_session(std::int64_t session, CallTimeout timeout, Done<void> done) {
  start<wire::Coordinator_close_session_presult, void>(caller_, close_session_frame(session), timeout,
                                                       std::move(done));
}

void Client::poll(const wire::Poll& poll, CallTimeout timeout, Done<wire::Polled> done) {
  start<wire::Coordinator_poll_presult, wire::Polled>(caller_, poll_frame(poll), timeout, std::move(done));
}

void Client::report(std::int64_t session, const std::vector<wire::Report>& reports, CallTimeout timeout,
                    Done<void> done) {
  start<wire::Coordinator_report_presult, void>(caller_, report_frame(session, reports), timeout,
                                                std::move(done));
}

void Client::begin(std::int32_t timeout_s, CallTimeout timeout, Done<std::string> done) {
  start<wire::Coordinator_begin_transaction_presult, std::string>(caller_, begin_frame(timeout_s), timeout,
                                                                  std::move(done));
}

void Client::enlist(const wire::Enlistment& enlistment, CallTimeout timeout, Done<wire::Answer> done) {
  start<wire::Coordinator_enlist_presult, wire::Answer>(caller_, enlist_frame(enlistment), timeout,
                                                        std::move(done));
}

void Client::vote(const wire::Vote& vote, CallTimeout timeout, Done<wire::Answer> done) {
  start<wire::Coordinator_vote_presult, wire::Answer>(caller_, vote_frame(vote), timeout, std::move(done));
}

void Client::commit(const wire::Commit& commit, CallTimeout timeout, Done<wire::Answer> done) {
  start<wire::Coordinator_commit_presult, wire::Answer>(caller_, commit_frame(commit), timeout,
                                                        std::move(done));
}

void Client::rollback(const wire::Rollback& rollback, CallTimeout timeout, Done<wire::Answer> done) {
  start<wire::Coordinator_rollback_presult, wire::Answer>(caller_, rollback_frame(rollback), timeout,
                                                          std::move(done));
}

void Client::outcome(const wire::Question& question, CallTimeout timeout, Done<wire::Answer> done) {
  start<wire::Coordinator_outcome_presult, wire::Answer>(caller_, outcome_frame(question), timeout,
                                                         std::move(done));
}

void Client::enlistments(const std::vector<wire::Enlistment>& enlistments, CallTimeout timeout,
                         Done<Client::Answers> done) {
  start<wire::Coordinator_enlistments_presult, Client::Answers>(caller_, enlistments_frame(enlistments),
                                                                timeout, std::move(done));
}

void Client::votes(const std::vector<wire::Vote>& votes, CallTimeout timeout, Done<Client::Answers> done) {
  start<wire::Coordinator_votes_presult, Client::Answers>(caller_, votes_frame(votes), timeout,
                                                          std::move(done));
}

void Client::commits(const std::vector<wire::Commit>& commits, CallTimeout timeout,
                     Done<Client::Answers> done) {
  start<wire::Coordinator_commits_presult, Client::Answers>(caller_, commits_frame(commits), timeout,
                                                            std::move(done));
}

void Client::rollbacks(const std::vector<wire::Rollback>& rollbacks, CallTimeout timeout,
                       Done<Client::Answers> done) {
  start<wire::Coordinator_rollbacks_presult, Client::Answers>(caller_, rollbacks_frame(rollbacks), timeout,
                                                              std::move(done));
}

void Client::outcomes(const std::vector<wire::Question>& questions, CallTimeout timeout,
                      Done<Client::Answers> done) {
  start<wire::Coordinator_outcomes_presult, Client::Answers>(caller_, outcomes_frame(questions), timeout,
                                                             std::move(done));
}

}  // namespace vow::rpc
