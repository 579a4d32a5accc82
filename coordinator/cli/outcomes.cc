#include "coordinator/cli/outcomes.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "coordinator/cli/table.h"
#include "coordinator/rpc/blocking_channel.h"
#include "coordinator/rpc/client.h"
#include "coordinator/txn/xid.h"

namespace vow::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds call_max{5'000};
constexpr milliseconds pause{100};
constexpr std::size_t questions_max = 1'000;  // in one call

rpc::BlockingChannel channel_to(const Endpoint& at) {
  rpc::BlockingChannelOptions options;
  options.host = at.host;
  options.port = at.port;
  return rpc::BlockingChannel(options);
}

wire::Question question_about(const preparation& which) {
  wire::Question question;
  question.xid = which.xid;
  wire::Preparation one;
  one.branch = which.branch;
  one.nonce = static_cast<std::int64_t>(which.nonce);
  question.__set_preparation(one);
  question.asker = wire::Asker::watcher;
  return question;
}

Outcome outcome_of(const wire::Answer& answer) {
  switch (answer.verdict) {
    case wire::Verdict::committed:
      return Outcome::committed;
    case wire::Verdict::rolled_back:
    case wire::Verdict::nothing_to_commit:
      return Outcome::rolled_back;
    case wire::Verdict::open:
    case wire::Verdict::pending:
    case wire::Verdict::taken:
      return Outcome::open;
    case wire::Verdict::not_ours:
      return Outcome::not_ours;
    default:
      return Outcome::not_known;
  }
}

bool another_leads(const wire::Answer& answer) { return answer.verdict == wire::Verdict::ask_leader; }

}  // namespace

const char* name(Outcome outcome) {
  switch (outcome) {
    case Outcome::committed:
      return "committed";
    case Outcome::rolled_back:
      return "rolled back";
    case Outcome::open:
      return "open";
    case Outcome::not_ours:
      return "another cell's";
    case Outcome::not_known:
      break;
  }
  return "not known";
}

CellAsked::CellAsked(std::vector<Endpoint> at, milliseconds patience)
    : at_(std::move(at)), patience_(patience) {
  find_leader(Clock::now() + patience_);
}

bool CellAsked::try_leader(const Endpoint& at, std::string& hint) {
  auto channel = channel_to(at);
  rpc::Client client(channel);
  wire::OpenSession request;
  request.process = "vow";
  const auto opened = client.open_session(request, call_max);
  if (opened) {
    leader_ = at;
    cell_ = static_cast<std::uint32_t>(opened->cell);
    (void)client.close_session(opened->session, call_max);  // else it expires
    return true;
  }
  problem_ = fmt::format("{}: {}", to_string(at), cleaned(opened.error().text()));
  if (const wire::Problem* refused = opened.error().problem()) hint = refused->leader;
  return false;
}

void CellAsked::find_leader(Clock::time_point until) {
  while (true) {
    for (const Endpoint& each : at_) {
      std::string hint;
      if (try_leader(each, hint)) return;
      const auto hinted = parse_endpoint(hint);
      if (hinted && try_leader(*hinted, hint)) return;
    }
    if (Clock::now() >= until) break;
    std::this_thread::sleep_for(pause);
  }
  throw nobody_says();
}

CommandFailed CellAsked::nobody_says() const {
  return CommandFailed(
      {"no coordinator says what became of transactions", to_string(at_), problem_,
       "Name the addresses where clients call its nodes with --coordinator or VOW_COORDINATORS.",
       "VOW-4001"});
}

std::vector<Outcome> CellAsked::outcomes(const std::vector<preparation>& of) {
  std::vector<Outcome> all;
  for (std::size_t from = 0; from < of.size(); from += questions_max) {
    const auto begin = of.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = of.begin() + static_cast<std::ptrdiff_t>(std::min(of.size(), from + questions_max));
    for (const Outcome each : ask({begin, end})) all.push_back(each);
  }
  return all;
}

std::vector<Outcome> CellAsked::ask(const std::vector<preparation>& some) {
  std::vector<wire::Question> questions;
  for (const preparation& each : some) questions.push_back(question_about(each));
  const auto until = Clock::now() + patience_;
  while (true) {
    auto channel = channel_to(leader_);
    const auto answers = rpc::Client(channel).outcomes(questions, call_max);
    const bool is_late = Clock::now() >= until;
    const bool is_whole = answers && answers->size() == some.size();
    if (is_whole && (is_late || std::none_of(answers->begin(), answers->end(), another_leads))) {
      std::vector<Outcome> all;
      for (const wire::Answer& each : *answers) all.push_back(outcome_of(each));
      return all;
    }
    if (!answers) problem_ = fmt::format("{}: {}", to_string(leader_), cleaned(answers.error().text()));
    if (is_late) throw nobody_says();
    std::this_thread::sleep_for(pause);
    find_leader(until);
  }
}

}  // namespace vow::cli
