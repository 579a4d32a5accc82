#include "coordinator/raft/message.h"

#include <fmt/format.h>

namespace vow::raft {
namespace {

struct Describe {
  std::string operator()(const PreVoteRequest& m) const {
    return fmt::format("pre_vote? wanted={} last={}", m.term_wanted.value(), describe(m.last));
  }
  std::string operator()(const PreVoteReply& m) const {
    return fmt::format("pre_vote {} wanted={}", m.granted ? "granted" : "refused", m.term_wanted.value());
  }
  std::string operator()(const VoteRequest& m) const {
    return fmt::format("vote? last={}{}", describe(m.last), m.by_transfer ? " by_transfer" : "");
  }
  std::string operator()(const VoteReply& m) const { return m.granted ? "vote granted" : "vote refused"; }
  std::string operator()(const Append& m) const {
    std::string text = fmt::format("append prev={} commit={}", describe(m.prev), m.commit.value());
    if (!m.entries.empty()) {
      text += fmt::format(" entries={}..{}", describe(m.entries.front().position()),
                          describe(m.entries.back().position()));
    }
    return text;
  }
  std::string operator()(const AppendReply& m) const {
    if (m.accepted) return fmt::format("appended up to {}", m.index.value());
    return fmt::format("append rejected prev={} hint={}", m.index.value(), describe(m.hint));
  }
  std::string operator()(const Heartbeat& m) const {
    return fmt::format("heartbeat commit={} round={}", m.commit.value(), m.round);
  }
  std::string operator()(const HeartbeatReply& m) const {
    return fmt::format("heartbeat heard round={}", m.round);
  }
  std::string operator()(const TimeoutNow&) const { return "timeout now"; }
};

}  // namespace

std::string describe(const LogPosition& position) {
  return fmt::format("{}@{}", position.index.value(), position.term.value());
}

std::string describe(const Message& message) {
  return fmt::format("{}->{} term={} {}", message.from.value(), message.to.value(), message.term.value(),
                     std::visit(Describe{}, message.body));
}

}  // namespace vow::raft
