// vow tx list|show|watch|retry|resolve
#include <chrono>
#include <memory>
#include <thread>

#include <fmt/ostream.h>

#include "coordinator/cli/describe.h"
#include "coordinator/cli/flags.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/units.h"
#include "coordinator/cli/verbs.h"
#include "coordinator/txn/xid.h"

namespace vow::cli {
namespace {

using std::chrono::milliseconds;

struct TransactionFlags {
  std::string xid;
  std::string branch;
  std::string state;
  std::string resource;
  std::uint64_t limit = 100;
  std::string patience = "60s";
  std::string pause = "500ms";
  bool committed = false;
  bool rolled_back = false;
};

std::uint64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(now).count());
}

std::string path_of(const TransactionFlags& flags) {
  if (!txn::parse_xid(flags.xid)) {
    throw CommandFailed({fmt::format("'{}' is no xid", flags.xid), "",
                         "an xid has 40 characters of 0-9 and a-v",
                         "`vow tx list` shows those of open transactions.", "VOW-4005"});
  }
  return "/v1/transactions/" + flags.xid;
}

milliseconds duration_of(const char* flag, const std::string& text) {
  const auto ms = parse_duration_ms(text);
  if (!ms)
    throw CommandFailed({fmt::format("{} cannot be '{}'", flag, text), flag,
                         "it must be a duration such as 10s", "", "VOW-4005"});
  return milliseconds(*ms);
}

std::string query_of(const TransactionFlags& flags) {
  std::string query = fmt::format("?limit={}", flags.limit);
  if (!flags.state.empty()) query += "&state=" + escaped(flags.state);
  if (!flags.resource.empty()) query += "&resource=" + escaped(flags.resource);
  return query;
}

Exit list(const Context& context, const TransactionFlags& flags) {
  const Answered answered =
      context.client().get_from_leader("cannot list transactions", "/v1/transactions" + query_of(flags));
  const bool leading = answered.json.truth("leading");
  if (context.as_json()) {
    context.out << answered.json.pretty() << "\n";
  } else {
    Table table({"XID", "STATE", "BEGUN", "BRANCHES", "WAITING FOR"});
    for (const Json& each : answered.json.list("transactions")) {
      const std::uint64_t begun = each.number("begun_ms");
      table.row({each.text("xid"), each.text("state"),
                 about(now_ms() > begun ? now_ms() - begun : 0) + " ago",
                 std::to_string(each.list("branches").size()), each.text("waiting_for")});
    }
    context.out << (table.is_empty() ? "No transaction fits.\n" : table.text(context.colour));
  }
  if (leading) return Exit::ok;
  fmt::print(context.err,
             "vow: the node at {} does not lead and cannot see open transactions: this list is partial\n",
             to_string(answered.by));
  return Exit::degraded;
}

Exit show(const Context& context, const TransactionFlags& flags) {
  const Answered answered =
      context.client().get_from_leader(fmt::format("cannot show transaction {}", flags.xid), path_of(flags));
  if (context.as_json())
    context.out << answered.json.pretty() << "\n";
  else
    context.out << describe(answered.json, now_ms(), context.colour);
  return answered.json.text("state") == "unknown" ? Exit::unknown : Exit::ok;
}

// What must change for a watcher to be told again: time alone is no news.
std::string news_of(const Json& transaction) {
  std::string news = transaction.text("state");
  for (const Json& branch : transaction.list("branches"))
    news += fmt::format("\n{} {} {}", branch.text("standing"), branch.number("attempts"),
                        branch.text("last_error"));
  return news;
}

// One line whenever something changes.
Exit watch(const Context& context, const TransactionFlags& flags) {
  const std::string path = path_of(flags);
  const Client client = context.client();
  const auto end = std::chrono::steady_clock::now() + duration_of("--for", flags.patience);
  const milliseconds pause = duration_of("--every", flags.pause);
  std::string last;
  while (true) {
    const Json json =
        client.get_from_leader(fmt::format("cannot watch transaction {}", flags.xid), path).json;
    const std::string state = json.text("state");
    const std::string waiting_for = cleaned(json.text("waiting_for"));
    const std::string line =
        waiting_for.empty() ? state : fmt::format("{}: waiting for {}", state, waiting_for);
    const std::string news = news_of(json);
    if (news != last) context.out << (context.as_json() ? json.pretty() : line) << std::endl;
    last = news;
    if (is_over(json)) return Exit::ok;
    if (std::chrono::steady_clock::now() + pause > end) {
      fmt::print(context.err, "vow: transaction {} is not over after {}\n", flags.xid, flags.patience);
      return is_decided(state) ? Exit::degraded : Exit::unknown;
    }
    std::this_thread::sleep_for(pause);
  }
}

Exit retry(const Context& context, const TransactionFlags& flags) {
  const JsonObject word = context.word("retry a transaction's branches");
  const Answered answered = context.client().send(fmt::format("cannot retry transaction {}", flags.xid),
                                                  "POST", path_of(flags) + "/retry", word);
  if (context.as_json())
    context.out << answered.json.pretty() << "\n";
  else
    fmt::print(context.out, "Its branches are being tried again. See: vow tx watch {}\n", flags.xid);
  return Exit::ok;
}

Exit resolve_branch(const Context& context, const TransactionFlags& flags) {
  if (flags.committed == flags.rolled_back) {
    throw CommandFailed({"cannot resolve a branch without knowing what became of it", "",
                         "exactly one of --committed and --rolled-back must be given",
                         "Look into the branch's database first: this records what you found there.",
                         "VOW-4005"});
  }
  JsonObject body = context.word("resolve a branch");
  body.set("committed", flags.committed);
  const Answered answered = context.client().send(
      fmt::format("cannot resolve branch {} of transaction {}", flags.branch, flags.xid), "POST",
      fmt::format("{}/branches/{}/force", path_of(flags), escaped(flags.branch)), body);
  if (context.as_json())
    context.out << answered.json.pretty() << "\n";
  else
    fmt::print(context.out, "Branch {} of {} is recorded as {}, forced by {}.\n", flags.branch, flags.xid,
               flags.committed ? "committed" : "rolled back", who_am_i());
  return Exit::ok;
}

}  // namespace

void add_transactions(CLI::App& app, Context& context) {
  CLI::App* tx = add_group(app, "tx", "Transactions: what they wait for, and what can be done");
  const auto flags = std::make_shared<TransactionFlags>();
  const auto verb = [&](const char* name, const char* help, const char* example,
                        Exit (*run)(const Context&, const TransactionFlags&)) {
    CLI::App* added =
        add_verb(*tx, context, name, help, example, [&context, flags, run] { return run(context, *flags); });
    add_output_flag(*added, context);
    add_at_flag(*added, context);
    return added;
  };
  const auto with_xid = [&](CLI::App* added) {
    added->add_option("xid", flags->xid, "the transaction")->required()->option_text("XID");
    return added;
  };

  CLI::App* listed =
      verb("list", "Lists transactions, open ones first", "vow tx list --state committing", list);
  listed->add_option(
      "--state", flags->state,
      "only these: open, preparing, deciding, committing, aborting, aborted, committed, rolled_back");
  listed->add_option("--resource", flags->resource, "only those with a branch on this resource");
  listed->add_option("--limit", flags->limit, "at most so many (100)");

  with_xid(verb("show", "Says what a transaction waits for, and why",
                "vow tx show 0p3k2e00001g8002nq4v6s1f00g000001000000a", show));
  CLI::App* watched = with_xid(verb("watch", "Says so again whenever it changes, until it is over",
                                    "vow tx watch 0p3k2e00001g8002nq4v6s1f00g000001000000a --for 5m", watch));
  watched->add_option("--for", flags->patience,
                      "how long (60s); then the exit status is 2, or 3 if nothing is decided");
  watched->add_option("--every", flags->pause, "how often to look (500ms)");

  CLI::App* retried =
      with_xid(verb("retry", "Tries failing branches again at once",
                    "vow tx retry 0p3k2e00001g8002nq4v6s1f00g000001000000a --reason 'disk replaced'", retry));
  add_reason_flag(*retried, context);

  CLI::App* resolved = with_xid(verb(
      "resolve", "Records what became of a branch that cannot finish, after you ended it in its database",
      "vow tx resolve 0p3k2e00001g8002nq4v6s1f00g000001000000a 2 --committed --reason 'database lost, booked "
      "by hand'",
      resolve_branch));
  resolved->add_option("branch", flags->branch, "its name, as `vow tx show` has it")
      ->required()
      ->option_text("BRANCH");
  resolved->add_flag("--committed", flags->committed, "its work is in the database");
  resolved->add_flag("--rolled-back", flags->rolled_back, "its work is not in the database");
  add_reason_flag(*resolved, context);
}

}  // namespace vow::cli
