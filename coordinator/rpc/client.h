// The calls of thrift/client.thrift, typed: each synchronous, or asynchronous with a `Done`.
//
//   rpc::Reactor reactor;
//   rpc::Channel channel(reactor, {.host = "127.0.0.1", .port = 7400});
//   rpc::Client client(channel);
//   if (const auto answer = client.outcome(question, 1s)) use(answer->verdict);
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/base/result.h"
#include "coordinator/rpc/caller.h"
#include "thrift/gen/client/client_types.h"

namespace vow::rpc {

// No answer, or an answer of the coordinator that says why not.
struct CallError {
  std::variant<CallFailure, wire::Problem> why;

  [[nodiscard]] const CallFailure* failure() const { return std::get_if<CallFailure>(&why); }
  [[nodiscard]] const wire::Problem* problem() const { return std::get_if<wire::Problem>(&why); }
  // For people.
  [[nodiscard]] std::string text() const;
};

template <class T>
using CallResult = Result<T, CallError>;
template <class T>
using Done = std::function<void(CallResult<T>)>;

class Client {
 public:
  // The caller outlives it.
  explicit Client(Caller& caller) : caller_(caller) {}

  CallResult<void> ping(CallTimeout timeout);
  CallResult<wire::SessionOpened> open_session(const wire::OpenSession& request, CallTimeout timeout);
  CallResult<void> close_session(std::int64_t session, CallTimeout timeout);
  // The timeout should exceed how long the poll itself waits.
  CallResult<wire::Polled> poll(const wire::Poll& poll, CallTimeout timeout);
  CallResult<void> report(std::int64_t session, const std::vector<wire::Report>& reports,
                          CallTimeout timeout);
  CallResult<std::string> begin(std::int32_t timeout_s, CallTimeout timeout);
  CallResult<wire::Answer> enlist(const wire::Enlistment& enlistment, CallTimeout timeout);
  CallResult<wire::Answer> vote(const wire::Vote& vote, CallTimeout timeout);
  CallResult<wire::Answer> commit(const wire::Commit& commit, CallTimeout timeout);
  CallResult<wire::Answer> rollback(const wire::Rollback& rollback, CallTimeout timeout);
  CallResult<wire::Answer> outcome(const wire::Question& question, CallTimeout timeout);
  using Answers = std::vector<wire::Answer>;
  CallResult<Answers> enlistments(const std::vector<wire::Enlistment>& enlistments, CallTimeout timeout);
  CallResult<Answers> votes(const std::vector<wire::Vote>& votes, CallTimeout timeout);
  CallResult<Answers> commits(const std::vector<wire::Commit>& commits, CallTimeout timeout);
  CallResult<Answers> rollbacks(const std::vector<wire::Rollback>& rollbacks, CallTimeout timeout);
  CallResult<Answers> outcomes(const std::vector<wire::Question>& questions, CallTimeout timeout);

  void ping(CallTimeout timeout, Done<void> done);
  void open_session(const wire::OpenSession& request, CallTimeout timeout, Done<wire::SessionOpened> done);
  void close_session(std::int64_t session, CallTimeout timeout, Done<void> done);
  void poll(const wire::Poll& poll, CallTimeout timeout, Done<wire::Polled> done);
  void report(std::int64_t session, const std::vector<wire::Report>& reports, CallTimeout timeout,
              Done<void> done);
  void begin(std::int32_t timeout_s, CallTimeout timeout, Done<std::string> done);
  void enlist(const wire::Enlistment& enlistment, CallTimeout timeout, Done<wire::Answer> done);
  void vote(const wire::Vote& vote, CallTimeout timeout, Done<wire::Answer> done);
  void commit(const wire::Commit& commit, CallTimeout timeout, Done<wire::Answer> done);
  void rollback(const wire::Rollback& rollback, CallTimeout timeout, Done<wire::Answer> done);
  void outcome(const wire::Question& question, CallTimeout timeout, Done<wire::Answer> done);
  void enlistments(const std::vector<wire::Enlistment>& enlistments, CallTimeout timeout, Done<Answers> done);
  void votes(const std::vector<wire::Vote>& votes, CallTimeout timeout, Done<Answers> done);
  void commits(const std::vector<wire::Commit>& commits, CallTimeout timeout, Done<Answers> done);
  void rollbacks(const std::vector<wire::Rollback>& rollbacks, CallTimeout timeout, Done<Answers> done);
  void outcomes(const std::vector<wire::Question>& questions, CallTimeout timeout, Done<Answers> done);

 private:
  Caller& caller_;
};

}  // namespace vow::rpc
