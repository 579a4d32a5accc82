// vow cluster status|add|remove|promote|transfer
#include <memory>

#include <fmt/ostream.h>

#include "coordinator/cli/flags.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/units.h"
#include "coordinator/cli/verbs.h"

namespace vow::cli {
namespace {

struct ClusterFlags {
  std::string node;
  std::string peer;
  std::string client;
  std::string http;
};

bool is_nobody(const std::string& node) { return node.empty() || node == "0"; }

// Heard from in the last election time-out. Only the leader knows; null is said of what it does not know.
bool is_active(const Json& member) { return member.member("active").isEmpty() || member.truth("active"); }

// What needs attention, as sentences; empty if nothing does.
std::string troubles_of(const Json& cluster) {
  const std::string leader = cluster.text_or_number("leader");
  if (is_nobody(leader)) {
    return "Nobody leads: a majority of the members must be up and reach one another. Nothing is decided "
           "meanwhile.\n";
  }
  if (!cluster.truth("leading")) return "The leader did not answer; this is what a follower knows.\n";
  std::string troubles;
  std::size_t voters = 0;
  std::size_t voters_heard = 0;
  for (const Json& member : cluster.list("members")) {
    const bool is_voter = member.text("role") != "learner";
    const bool is_heard = is_active(member);
    voters += is_voter ? 1 : 0;
    voters_heard += is_voter && is_heard ? 1 : 0;
    if (!is_heard) {
      troubles += fmt::format("The leader does not hear from member {}, which {}.\n",
                              member.text_or_number("node"), is_voter ? "votes" : "learns");
    }
  }
  const std::size_t may_fail = voters_heard - std::min(voters_heard, voters / 2 + 1);
  if (voters_heard < voters) {
    troubles += may_fail == 0 ? "No further member may fail: then nothing could be decided any more.\n"
                              : fmt::format("{} more may fail.\n", may_fail);
  }
  return troubles;
}

void print_status(const Context& context, const Json& cluster) {
  const std::string leader = cluster.text_or_number("leader");
  const std::uint64_t committed = cluster.number("committed");
  const bool leading = cluster.truth("leading");
  Table table({"NODE", "ROLE", "PEER", "CLIENT", "HTTP", "BEHIND", "HEARD"});
  for (const Json& member : cluster.list("members")) {
    const std::string node = member.text_or_number("node");
    const std::uint64_t matched = member.number_or_0("matched");
    const bool is_known = leading && node != leader;
    table.row({node, member.text("role"), member.text_or_number("peer"), member.text_or_number("client"),
               member.text_or_number("http"),
               is_known ? std::to_string(committed - std::min(committed, matched)) : std::string(),
               is_known ? (is_active(member) ? "yes" : "no") : std::string()});
  }
  context.out << table.text(context.colour);
  if (is_nobody(leader)) return;
  fmt::print(context.out, "Node {} leads in term {}. Committed up to entry {}, snapshot at {}.\n", leader,
             cluster.number("term"), committed, cluster.number("snapshot"));
}

Exit status(const Context& context, const ClusterFlags&) {
  const Json cluster =
      context.client().get_from_leader("cannot show the cluster's status", "/v1/cluster").json;
  const std::string troubles = troubles_of(cluster);
  if (context.as_json()) {
    context.out << cluster.pretty() << "\n";
  } else {
    print_status(context, cluster);
    context.out << troubles;
  }
  return troubles.empty() ? Exit::ok : Exit::degraded;
}

void must_be_a_node(const std::string& node) {
  const auto number = parse_count(node);
  if (number && *number != 0) return;
  throw CommandFailed(
      {fmt::format("'{}' is no node's id", node), "", "an id is a number, drawn by each node for its disk",
       "`vow cluster status` shows those of members; a node that waits to be added says its own in its log.",
       "VOW-4005"});
}

Exit change(const Context& context, const std::string& what, std::string_view method, const std::string& path,
            const JsonObject& body, const std::string& done) {
  const Answered answered = context.client().send("cannot " + what, method, path, body);
  if (context.as_json())
    context.out << answered.json.pretty() << "\n";
  else
    context.out << done << "\n";
  return Exit::ok;
}

Exit add(const Context& context, const ClusterFlags& flags) {
  must_be_a_node(flags.node);
  JsonObject body = context.word("add a member");
  body.set("node", flags.node);
  for (const auto& [name, address] :
       {std::pair("peer", flags.peer), {"client", flags.client}, {"http", flags.http}}) {
    if (!parse_endpoint(address)) {
      throw CommandFailed({fmt::format("'{}' is no address", address), fmt::format("--{}", name),
                           "it must be HOST:PORT, as other members dial it", "", "VOW-4005"});
    }
    body.set(name, address);
  }
  return change(
      context, fmt::format("add node {}", flags.node), "POST", "/v1/cluster/members", body,
      fmt::format("Node {0} is a learner. Once it has caught up: vow cluster promote {0} --reason ...",
                  flags.node));
}

Exit remove(const Context& context, const ClusterFlags& flags) {
  must_be_a_node(flags.node);
  return change(
      context, fmt::format("remove node {}", flags.node), "DELETE", "/v1/cluster/members/" + flags.node,
      context.word("remove a member"),
      fmt::format("Node {} is no member any more. Its disk cannot come back; a new one can be added.",
                  flags.node));
}

Exit promote(const Context& context, const ClusterFlags& flags) {
  must_be_a_node(flags.node);
  return change(context, fmt::format("promote node {}", flags.node), "POST",
                fmt::format("/v1/cluster/members/{}/promote", flags.node), context.word("promote a member"),
                fmt::format("Node {} votes.", flags.node));
}

Exit transfer(const Context& context, const ClusterFlags& flags) {
  must_be_a_node(flags.node);
  JsonObject body = context.word("transfer leadership");
  body.set("to", flags.node);
  return change(context, fmt::format("transfer leadership to node {}", flags.node), "POST",
                "/v1/cluster/transfer", body,
                fmt::format("Node {} is asked to lead. See: vow cluster status", flags.node));
}

}  // namespace

void add_cluster(CLI::App& app, Context& context) {
  CLI::App* cluster = add_group(app, "cluster", "Members of the cluster, and who leads");
  const auto flags = std::make_shared<ClusterFlags>();
  const auto verb = [&](const char* name, const char* help, const char* example,
                        Exit (*run)(const Context&, const ClusterFlags&)) {
    CLI::App* added = add_verb(*cluster, context, name, help, example,
                               [&context, flags, run] { return run(context, *flags); });
    add_output_flag(*added, context);
    add_at_flag(*added, context);
    return added;
  };
  const auto changing = [&](CLI::App* added) {
    added->add_option("node", flags->node, "the node's id")->required()->option_text("NODE");
    add_reason_flag(*added, context);
    return added;
  };

  verb("status", "Shows members, who leads, and what needs attention (then the exit status is 2)",
       "vow cluster status --at node-a:7480,node-b:7480", status);
  CLI::App* added = changing(verb(
      "add", "Makes a node that waits with cluster.join a learner",
      "vow cluster add 7315293829 --peer d:7401 --client d:7400 --http d:7480 --reason 'replaces c'", add));
  added->add_option("--peer", flags->peer, "where members reach it")->required()->option_text("HOST:PORT");
  added->add_option("--client", flags->client, "where clients reach it")
      ->required()
      ->option_text("HOST:PORT");
  added->add_option("--http", flags->http, "its HTTP address")->required()->option_text("HOST:PORT");
  changing(verb("promote", "Lets a learner that has caught up vote",
                "vow cluster promote 7315293829 --reason 'replaces c'", promote));
  changing(verb("remove", "Removes a member, for good",
                "vow cluster remove 5512345678 --reason 'disk failed'", remove));
  changing(verb("transfer", "Hands leadership to a member",
                "vow cluster transfer 5512345678 --reason 'maintenance of a'", transfer));
}

}  // namespace vow::cli
