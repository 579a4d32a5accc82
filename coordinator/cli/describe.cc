#include "coordinator/cli/describe.h"

#include <algorithm>

#include <fmt/format.h>

#include "coordinator/cli/explain.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/units.h"

namespace vow::cli {
namespace {

struct Sentence {
  std::string_view state;
  std::string_view says;
};
constexpr Sentence sentences[] = {
    {"open", "It is open: nothing is decided yet."},
    {"preparing", "Commit was asked for; branches that several calls share are being told to prepare."},
    {"deciding",
     "Commit was asked for and every branch has voted; the decision is on its way to the nodes' disks."},
    {"committing", "It is committed, for good; not every branch has confirmed it yet."},
    {"committed", "It is committed."},
    {"aborting",
     "It is rolled back and can never commit; not every branch has confirmed that it undid its work."},
    {"aborted", "It is rolled back, and every branch has undone its work."},
    {"rolled_back", "It is rolled back: it can never commit."},
    {"nothing_to_commit", "It is over: all of its branches only read, and there was nothing to commit."},
    {"forgotten", "It is too old: nobody remembers what became of it."},
    {"unknown",
     "It may be committed or not: the decision was proposed, and its fate is not known yet. Ask again."},
};

std::string sentence_of(const std::string& state) {
  for (const Sentence& each : sentences) {
    if (each.state == state) return std::string(each.says);
  }
  return fmt::format("It is {}.", cleaned(state));
}

std::string times_of(const Json& transaction, std::uint64_t now_ms) {
  const std::uint64_t begun = transaction.number("begun_ms");
  const std::uint64_t deadline = transaction.number("deadline_ms");
  const std::string ago = now_ms > begun ? about(now_ms - begun) + " ago" : "just now";
  return deadline > now_ms ? fmt::format("Begun {}; its deadline is in {}.", ago, about(deadline - now_ms))
                           : fmt::format("Begun {}; its deadline was {} ago.", ago, about(now_ms - deadline));
}

std::string reason_of(const Json& transaction) {
  const std::string reason = transaction.text_or_number("reason");
  if (reason.empty() || reason == "none") return {};
  const Explanation* entry = find_explanation(reason);
  if (entry == nullptr) return fmt::format("Reason: {}.\n", cleaned(reason));
  return fmt::format("Reason: {} {} (vow explain {})\n", reason, entry->meaning, entry->code);
}

std::string branches_of(const Json& transaction, bool colour) {
  Table table({"BRANCH", "RESOURCE", "STANDING", "ATTEMPTS", "NEXT IN", "LAST ERROR", "NONCE"});
  for (const Json& branch : transaction.list("branches")) {
    const std::uint64_t next = branch.number("next_attempt_in_ms");
    table.row({branch.text("branch"), branch.text("resource"), branch.text("standing"),
               std::to_string(branch.number("attempts")), next == 0 ? "" : about(next),
               branch.text("last_error"), std::to_string(branch.number("nonce"))});
  }
  return table.is_empty() ? std::string() : "\n" + table.text(colour);
}

std::string forced_of(const Json& transaction, std::uint64_t now_ms) {
  std::string text;
  for (const Json& forced : transaction.list("forced")) {
    const std::uint64_t at = forced.number("at_ms");
    text += fmt::format("\nBranch {} was forced: {} said that it {}, {} ago: {}\n",
                        cleaned(forced.text("branch")), cleaned(forced.text("who")),
                        forced.truth("committed") ? "committed" : "rolled back",
                        about(now_ms > at ? now_ms - at : 0), cleaned(forced.text("why")));
  }
  return text;
}

// Only where a branch fails, and with the outcome that the branch must be given.
std::string advice_of(const Json& transaction, const std::string& xid) {
  const std::string state = transaction.text("state");
  if (!is_decided(state)) return {};
  for (const Json& branch : transaction.list("branches")) {
    if (branch.text("last_error").empty() || branch.text("standing") != "prepared") continue;
    const bool committed = state == "committing" || state == "committed";
    return fmt::format(
        "\nIt is tried again by itself. Once the cause is mended, `vow tx retry {0} --reason ...` does so at "
        "once.\n"
        "A branch that can never finish is ended in its database by hand, and then here:\n"
        "  vow tx resolve {0} {1} {2} --reason ...\n",
        xid, branch.text("branch"), committed ? "--committed" : "--rolled-back");
  }
  return {};
}

}  // namespace

bool is_decided(std::string_view state) {
  constexpr std::string_view undecided[] = {"open", "preparing", "deciding", "unknown"};
  return std::find(std::begin(undecided), std::end(undecided), state) == std::end(undecided);
}

bool is_over(const Json& transaction) {
  const std::string state = transaction.text("state");
  if (!is_decided(state) || state == "committing" || state == "aborting") return false;
  return transaction.text("waiting_for").empty();
}

std::string describe(const Json& transaction, std::uint64_t now_ms, bool colour) {
  const std::string xid = cleaned(transaction.text("xid"));
  const std::string state = transaction.text("state");
  std::string text =
      fmt::format("Transaction {}\n{}\n{}\n", xid, sentence_of(state), times_of(transaction, now_ms));
  const std::string waiting_for = cleaned(transaction.text("waiting_for"));
  if (!waiting_for.empty()) text += fmt::format("It is waiting for {}.\n", waiting_for);
  text += reason_of(transaction);
  text += branches_of(transaction, colour);
  text += forced_of(transaction, now_ms);
  text += advice_of(transaction, xid);
  return text;
}

}  // namespace vow::cli
