#include "coordinator/rpc/wire_types.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

#include <fmt/format.h>

namespace vow::rpc {

namespace {

constexpr std::size_t process_bytes_max = 256;
constexpr std::size_t error_bytes_max = 1000;
constexpr std::int32_t commands_max = 10'000;
constexpr std::int32_t wait_ms_max = 3'600'000;
constexpr std::size_t shown_bytes_max = 80;

// The numbers on the wire are those of the coordinator's own enums.
template <class Wire, class Own>
constexpr bool same(std::initializer_list<std::pair<Wire, Own>> pairs) {
  return std::all_of(pairs.begin(), pairs.end(), [](const auto& pair) {
    return static_cast<int>(pair.first) == static_cast<int>(pair.second);
  });
}
using V = txn::Verdict;
using W = wire::Verdict;
static_assert(same<W::type, V>({{W::committed, V::committed},
                                {W::rolled_back, V::rolled_back},
                                {W::nothing_to_commit, V::nothing_to_commit},
                                {W::forgotten, V::forgotten},
                                {W::taken, V::taken},
                                {W::pending, V::pending},
                                {W::open, V::open},
                                {W::unknown, V::unknown},
                                {W::ask_leader, V::ask_leader},
                                {W::not_ours, V::not_ours},
                                {W::overloaded, V::overloaded},
                                {W::invalid, V::invalid}}));
using C = dispatch::Problem::Code;
using P = wire::ProblemCode;
static_assert(same<P::type, C>({{P::ask_leader, C::ask_leader},
                                {P::not_ready, C::not_ready},
                                {P::overloaded, C::overloaded},
                                {P::invalid, C::invalid},
                                {P::no_session, C::no_session},
                                {P::not_found, C::not_found},
                                {P::unknown, C::unknown}}));
static_assert(same<wire::Ballot::type, txn::Ballot>({{wire::Ballot::prepared, txn::Ballot::prepared},
                                                     {wire::Ballot::read_only, txn::Ballot::read_only},
                                                     {wire::Ballot::refused, txn::Ballot::refused}}));
static_assert(same<wire::Action::type, txn::Action>({{wire::Action::prepare, txn::Action::prepare},
                                                     {wire::Action::commit, txn::Action::commit},
                                                     {wire::Action::rollback, txn::Action::rollback}}));

// As much of what a client sent as may be said back to it.
std::string shown(std::string_view text) {
  std::string safe(text.substr(0, shown_bytes_max));
  for (char& c : safe)
    if (c < 0x20 || c == 0x7f) c = '?';
  return text.size() > shown_bytes_max ? safe + "..." : safe;
}

// The checks of one request, one after another: the first that fails says why.
class Checks {
 public:
  Checks& xid(const std::string& from, txn::Xid& to) {
    if (failed()) return *this;
    const auto parsed = txn::parse_xid(from);
    if (!parsed) return fail(fmt::format("'{}' is no xid: one has 40 characters of 0-9a-v", shown(from)));
    to = *parsed;
    return *this;
  }
  Checks& branch(const std::string& from, txn::BranchName& to) {
    if (failed()) return *this;
    const auto parsed = txn::BranchName::from(from);
    if (!parsed)
      return fail(fmt::format("'{}' is no branch: one has 1 to 10 characters of 0-9a-z_-", shown(from)));
    to = *parsed;
    return *this;
  }
  Checks& preparation(const wire::Preparation& from, txn::Preparation& to, std::int64_t nonce_min = 1) {
    branch(from.branch, to.branch);
    number("nonce", from.nonce, nonce_min, static_cast<std::int64_t>(txn::nonce_max));
    to.nonce = txn::Nonce(static_cast<std::uint64_t>(from.nonce));
    return *this;
  }
  Checks& resource(const std::string& from, std::string& to) {
    if (failed()) return *this;
    const bool printable = std::none_of(
        from.begin(), from.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (from.empty() || from.size() > txn::resource_name_size_max || !printable)
      return fail(fmt::format("'{}' is no resource: one has 1 to {} printable bytes", shown(from),
                              txn::resource_name_size_max));
    to = from;
    return *this;
  }
  Checks& session(std::int64_t from, txn::SessionNumber& to) {
    number("session", from, 0, txn::session_number_max);
    to = txn::SessionNumber(static_cast<std::uint64_t>(from));
    return *this;
  }
  template <class U>
  Checks& count(std::string_view what, std::int32_t from, std::int32_t min, std::int32_t max, U& to) {
    number(what, from, min, max);
    to = static_cast<U>(from);
    return *this;
  }
  template <class Wire, class Own>
  Checks& choice(std::string_view what, Wire from, int last, Own& to) {
    number(what, from, 1, last);
    to = static_cast<Own>(from);
    return *this;
  }
  void number(std::string_view what, std::int64_t from, std::int64_t min, std::int64_t max) {
    if (failed() || (from >= min && from <= max)) return;
    fail(fmt::format("{} {} is out of range: {} to {} are allowed", what, from, min, max));
  }
  Checks& fail(std::string why) {
    why_ = std::move(why);
    return *this;
  }
  [[nodiscard]] bool failed() const { return !why_.empty(); }
  [[nodiscard]] std::string why() { return std::move(why_); }

 private:
  std::string why_;
};

}  // namespace

std::string from_wire(const wire::Vote& from, txn::Vote& to) {
  to.enlistment = static_cast<std::uint64_t>(from.enlistment);
  return Checks()
      .xid(from.xid, to.xid)
      .preparation(from.preparation, to.preparation)
      .resource(from.resource, to.resource)
      .choice("ballot", from.ballot, wire::Ballot::refused, to.ballot)
      .session(from.session, to.session)
      .why();
}

std::string from_wire(const wire::Enlistment& from, txn::Enlistment& to) {
  to.enlistment = static_cast<std::uint64_t>(from.enlistment);
  return Checks()
      .xid(from.xid, to.xid)
      .branch(from.branch, to.branch)
      .resource(from.resource, to.resource)
      .session(from.session, to.session)
      .why();
}

std::string from_wire(const wire::Commit& from, dispatch::Commit& to) {
  Checks checks;
  checks.xid(from.xid, to.xid)
      .count("wait_finished_ms", from.wait_finished_ms, 0, wait_ms_max, to.wait_finished_ms);
  to.named.resize(from.named.size());
  for (std::size_t i = 0; i < to.named.size() && !checks.failed(); ++i)
    checks.preparation(from.named[i], to.named[i], 0);  // one that has not voted has no nonce yet
  return checks.why();
}

std::string from_wire(const wire::Rollback& from, Rollback& to) {
  return Checks()
      .xid(from.xid, to.xid)
      .count("wait_finished_ms", from.wait_finished_ms, 0, wait_ms_max, to.wait_finished_ms)
      .why();
}

std::string from_wire(const wire::Question& from, Question& to) {
  Checks checks;
  checks.xid(from.xid, to.xid);
  checks.number("asker", from.asker, wire::Asker::involved, wire::Asker::watcher);
  to.asker = from.asker == wire::Asker::involved ? txn::Asker::involved : txn::Asker::watcher;
  if (from.__isset.preparation) checks.preparation(from.preparation, to.of.emplace());
  return checks.why();
}

std::string from_wire(const wire::Report& from, dispatch::Report& to) {
  to.done = from.done;
  to.elsewhere = from.elsewhere;
  if (from.__isset.error) to.error = from.error.substr(0, error_bytes_max);
  // What was told to prepare, or to roll back before it did, has no nonce.
  const std::int64_t nonce_min = from.action == wire::Action::commit ? 1 : 0;
  return Checks()
      .xid(from.xid, to.xid)
      .preparation(from.preparation, to.preparation, nonce_min)
      .choice("action", from.action, wire::Action::rollback, to.action)
      .why();
}

std::string from_wire(const wire::OpenSession& from, dispatch::OpenSession& to) {
  Checks checks;
  if (from.process.size() > process_bytes_max)
    checks.fail(fmt::format("the process's name has {} bytes, of at most {}", from.process.size(),
                            process_bytes_max));
  to.process = from.process;
  to.serves.resize(from.serves.size());
  for (std::size_t i = 0; i < to.serves.size() && !checks.failed(); ++i)
    checks.resource(from.serves[i].resource, to.serves[i].resource)
        .count("weight", from.serves[i].weight, 1, 1'000'000, to.serves[i].weight);
  return checks.why();
}

std::string from_wire(const wire::Poll& from, dispatch::Poll& to) {
  return Checks()
      .session(from.session, to.session)
      .count("commands_max", from.commands_max, 1, commands_max, to.commands_max)
      .count("wait_ms", from.wait_ms, 0, wait_ms_max, to.wait_ms)
      .why();
}

std::string session_from_wire(std::int64_t from, txn::SessionNumber& to) {
  return Checks().session(from, to).why();
}

std::string timeout_from_wire(std::int32_t from, std::uint32_t& to) {
  return Checks().count("timeout_s", from, 1, txn::Xid::timeout_s_max, to).why();
}

wire::Answer to_wire(const Told& from) {
  wire::Answer to;
  to.verdict = static_cast<wire::Verdict::type>(from.answer.verdict);
  to.reason = static_cast<std::int32_t>(from.answer.reason);
  to.unfinished = static_cast<std::int32_t>(from.answer.unfinished);
  if (from.detail.empty()) return to;
  if (from.answer.verdict == txn::Verdict::ask_leader)
    to.__set_leader(from.detail);
  else
    to.__set_why(from.detail);
  return to;
}

wire::SessionOpened to_wire(const dispatch::SessionOpened& from) {
  wire::SessionOpened to;
  to.session = static_cast<std::int64_t>(from.session.value());
  to.cell = from.cell;
  to.incarnation = static_cast<std::int32_t>(from.incarnation);
  to.term = static_cast<std::int64_t>(from.term.value());
  to.clock_ms = static_cast<std::int64_t>(from.clock_ms);
  to.expires_after_ms = from.expires_after_ms;
  to.timeout_s_max = from.timeout_s_max;
  return to;
}

wire::Polled to_wire(const dispatch::Polled& from) {
  wire::Polled to;
  to.clock_ms = static_cast<std::int64_t>(from.clock_ms);
  to.term = static_cast<std::int64_t>(from.term.value());
  to.commands.resize(from.commands.size());
  for (std::size_t i = 0; i < from.commands.size(); ++i) {
    const dispatch::Command& command = from.commands[i];
    wire::Command& said = to.commands[i];
    said.action = static_cast<wire::Action::type>(command.action);
    said.xid = txn::to_string(command.xid);
    said.preparation.branch = command.preparation.branch.view();
    said.preparation.nonce = static_cast<std::int64_t>(command.preparation.nonce.value());
    said.resource = command.resource;
    said.attempt = static_cast<std::int32_t>(std::min<std::uint32_t>(
        command.attempt, static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())));
  }
  return to;
}

wire::Problem to_wire(const dispatch::Problem& from) {
  wire::Problem to;
  to.code = static_cast<wire::ProblemCode::type>(from.code);
  to.why = from.what;
  if (!from.leader.empty()) to.__set_leader(from.leader);
  return to;
}

}  // namespace vow::rpc
