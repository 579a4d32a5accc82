#include "coordinator/cli/config_keys.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "coordinator/cli/units.h"

namespace vow::cli {
namespace {

using C = ServeConfig;

constexpr std::uint64_t second = 1000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;
constexpr std::uint64_t million = 1'000'000;

constexpr std::string_view policies[] = {"round_robin",       "weighted",        "random",
                                         "least_outstanding", "consistent_hash", "least_latency"};
constexpr std::string_view levels[] = {"info", "warning", "error"};

// The last members are bounds, then choices.
const Key keys[] = {
    {"node.data", Kind::text, "", "directory that holds everything this node must not forget",
     [](C& c) -> Target { return &c.node.data; }},
    {"node.name", Kind::text, "", "name for people, in messages; empty: the host's",
     [](C& c) -> Target { return &c.node.name; }},

    {"client.listen", Kind::address, "127.0.0.1:7400", "where clients and participants are served",
     [](C& c) -> Target { return &c.client.listen; }},
    {"client.advertise", Kind::address, "", "what they are told to dial; empty: as listen",
     [](C& c) -> Target { return &c.client.advertise; }},
    {"client.threads", Kind::count, "2", "threads that read and write clients' connections",
     [](C& c) -> Target { return &c.client.threads; }, 1, 64},
    {"client.connections_max", Kind::count, "10000", "further connections are closed at once",
     [](C& c) -> Target { return &c.client.connections_max; }, 1, million},
    {"client.frame_bytes_max", Kind::size, "4MiB", "a larger request closes its connection",
     [](C& c) -> Target { return &c.client.frame_bytes_max; }, 4 * kib, 64 * mib},

    {"peer.listen", Kind::address, "127.0.0.1:7401", "where the other members are heard",
     [](C& c) -> Target { return &c.peer.listen; }},
    {"peer.advertise", Kind::address, "", "what they are told to dial; empty: as listen",
     [](C& c) -> Target { return &c.peer.advertise; }},

    {"http.listen", Kind::address, "127.0.0.1:7480", "health, metrics, REST, and this command line",
     [](C& c) -> Target { return &c.http.listen; }},
    {"http.advertise", Kind::address, "", "what others are told to dial; empty: as listen",
     [](C& c) -> Target { return &c.http.advertise; }},
    {"http.threads", Kind::count, "64", "requests served at once; long polls occupy one each",
     [](C& c) -> Target { return &c.http.threads; }, 16, 1024},
    {"http.connections_max", Kind::count, "1000", "further connections are refused",
     [](C& c) -> Target { return &c.http.connections_max; }, 1, million},

    {"cluster.initial", Kind::addresses, "",
     "peer addresses of all founding members, the same on each; empty: a single node",
     [](C& c) -> Target { return &c.cluster.initial; }},
    {"cluster.join", Kind::yes_no, "false", "wait to be added to a running cluster (`vow cluster add`)",
     [](C& c) -> Target { return &c.cluster.join; }},

    {"raft.tick", Kind::duration, "50ms", "the unit of consensus' time",
     [](C& c) -> Target { return &c.raft.tick_ms; }, 1, 10 * second},
    {"raft.election_ticks", Kind::count, "10", "silence of the leader, up to twice this, before an election",
     [](C& c) -> Target { return &c.raft.election_ticks; }, 3, 1000},
    {"raft.heartbeat_ticks", Kind::count, "1", "the leader's sign of life; under half of election_ticks",
     [](C& c) -> Target { return &c.raft.heartbeat_ticks; }, 1, 100},

    {"log.snapshot_entries", Kind::count, "100000", "a snapshot is due after so many entries",
     [](C& c) -> Target { return &c.log.snapshot_entries; }, 100, 100 * million},
    {"log.snapshot_bytes", Kind::size, "64MiB", "or after so much log",
     [](C& c) -> Target { return &c.log.snapshot_bytes; }, 64 * kib, 16 * gib},
    {"log.keep_entries", Kind::count, "10000", "entries kept behind a snapshot, for slow followers",
     [](C& c) -> Target { return &c.log.keep_entries; }, 0, 100 * million},
    {"log.level", Kind::choice, "info", "the least that messages must be to be written",
     [](C& c) -> Target { return &c.log.level; }, 0, 0, levels},
    {"log.dir", Kind::text, "", "directory for files of messages; empty: standard error",
     [](C& c) -> Target { return &c.log.dir; }},

    {"transactions.timeout_default", Kind::duration, "60s", "of transactions that name none",
     [](C& c) -> Target { return &c.transactions.timeout_default_ms; }, second, 72 * hour},
    {"transactions.timeout_max", Kind::duration, "24h", "a longer one is refused",
     [](C& c) -> Target { return &c.transactions.timeout_max_ms; }, second, 72 * hour},
    {"transactions.grace", Kind::duration, "60s",
     "how long past its deadline a finished decision is kept in full; counts when the cell is founded",
     [](C& c) -> Target { return &c.transactions.grace_ms; }, second, 24 * hour},
    {"transactions.open_max", Kind::count, "200000", "more that are open at once are overloaded",
     [](C& c) -> Target { return &c.transactions.open_max; }, 1, 100 * million},
    {"transactions.marks_max", Kind::count, "1000000", "rolled back ones that are still remembered",
     [](C& c) -> Target { return &c.transactions.marks_max; }, 1, 100 * million},
    {"transactions.undelivered_max", Kind::count, "4000000",
     "committed ones that a participant has not confirmed yet",
     [](C& c) -> Target { return &c.transactions.undelivered_max; }, 1, 100 * million},
    {"transactions.branches_max", Kind::count, "256", "branches of one transaction",
     [](C& c) -> Target { return &c.transactions.branches_max; }, 1, 4096},
    {"transactions.resources_max", Kind::count, "65536", "different resources in use at once",
     [](C& c) -> Target { return &c.transactions.resources_max; }, 1, million},

    {"delivery.policy", Kind::choice, "round_robin",
     "which instance of a resource is given a command; `delivery.policy.RESOURCE` for one resource",
     [](C& c) -> Target { return &c.delivery.policy; }, 0, 0, policies},
    {"delivery.backlog_max", Kind::count, "1000000",
     "commands that wait for one resource; beyond it, votes for it are overloaded",
     [](C& c) -> Target { return &c.delivery.backlog_max; }, 1, 100 * million},
    {"delivery.backoff_max", Kind::duration, "30s", "the longest pause before a failed command is repeated",
     [](C& c) -> Target { return &c.delivery.backoff_max_ms; }, 50, hour},
    {"delivery.report_timeout", Kind::duration, "5s", "a command not reported on for so long is repeated",
     [](C& c) -> Target { return &c.delivery.report_timeout_ms; }, 100, hour},
    {"delivery.in_flight_max", Kind::count, "10000", "commands that one session has in hand",
     [](C& c) -> Target { return &c.delivery.in_flight_max; }, 1, million},

    {"sessions.expires_after", Kind::duration, "10s", "of silence",
     [](C& c) -> Target { return &c.sessions.expires_after_ms; }, second, hour},
    {"sessions.max", Kind::count, "10000", "open at once", [](C& c) -> Target { return &c.sessions.max; }, 1,
     million},

    {"memory.committed_bits", Kind::size, "64MiB",
     "what remains of forgotten decisions; when it is full, the oldest are no longer told apart",
     [](C& c) -> Target { return &c.memory.committed_bits_bytes; }, mib, 64 * gib},
};

std::string bounds_in_words(const Key& key, std::string (*format)(std::uint64_t)) {
  if (key.most == std::numeric_limits<std::uint64_t>::max())
    return fmt::format("at least {}", format(key.least));
  return fmt::format("{} to {}", format(key.least), format(key.most));
}

std::string plain(std::uint64_t number) { return std::to_string(number); }

bool assign_number(const Key& key, std::optional<std::uint64_t> number, Target target) {
  if (!number || *number < key.least || *number > key.most) return false;
  *std::get<std::uint64_t*>(target) = *number;
  return true;
}

bool assign_yes_no(std::string_view text, Target target) {
  if (text != "true" && text != "false") return false;
  *std::get<bool*>(target) = text == "true";
  return true;
}

// An address may be left empty where empty is the default.
bool assign_address(const Key& key, std::string_view text, Target target) {
  const auto endpoint = text.empty() && key.fallback.empty() ? Endpoint() : parse_endpoint(text);
  if (!endpoint) return false;
  *std::get<Endpoint*>(target) = *endpoint;
  return true;
}

bool assign_addresses(std::string_view text, Target target) {
  const auto endpoints = parse_endpoints(text);
  if (!endpoints) return false;
  *std::get<std::vector<Endpoint>*>(target) = *endpoints;
  return true;
}

}  // namespace

std::span<const Key> config_keys() { return keys; }

const Key* find_key(std::string_view name) {
  const auto at =
      std::find_if(std::begin(keys), std::end(keys), [&](const Key& key) { return key.name == name; });
  return at == std::end(keys) ? nullptr : at;
}

std::string_view resource_of_policy_key(std::string_view name) {
  constexpr std::string_view prefix = "delivery.policy.";
  return name.substr(0, prefix.size()) == prefix ? name.substr(prefix.size()) : std::string_view();
}

std::string flag_of(std::string_view key) { return fmt::format("--{}", key); }

std::string variable_of(std::string_view key) {
  std::string variable = "VOW_";
  for (const char c : key)
    variable += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

bool assign(const Key& key, std::string_view text, Target target) {
  switch (key.kind) {
    case Kind::text:
      *std::get<std::string*>(target) = text;
      return true;
    case Kind::yes_no:
      return assign_yes_no(text, target);
    case Kind::count:
      return assign_number(key, parse_count(text), target);
    case Kind::size:
      return assign_number(key, parse_size_bytes(text), target);
    case Kind::duration:
      return assign_number(key, parse_duration_ms(text), target);
    case Kind::address:
      return assign_address(key, text, target);
    case Kind::addresses:
      return assign_addresses(text, target);
    case Kind::choice:
      if (std::find(key.choices.begin(), key.choices.end(), text) == key.choices.end()) return false;
      *std::get<std::string*>(target) = text;
      return true;
  }
  return false;
}

std::string allowed(const Key& key) {
  switch (key.kind) {
    case Kind::text:
      return "text";
    case Kind::yes_no:
      return "true or false";
    case Kind::count:
      return "a whole number, " + bounds_in_words(key, plain);
    case Kind::size:
      return "a size such as 64MB or 1GiB, " + bounds_in_words(key, format_size);
    case Kind::duration:
      return "a duration such as 250ms, 10s or 2h, " + bounds_in_words(key, format_duration);
    case Kind::address:
      return "an address such as 127.0.0.1:7400 or [::1]:7400";
    case Kind::addresses:
      return "addresses such as a:7401,b:7401,c:7401";
    case Kind::choice:
      return fmt::format("one of {}", fmt::join(key.choices, ", "));
  }
  return {};
}

}  // namespace vow::cli
