// vow check perf
#include <memory>

#include <Poco/JSON/Array.h>
#include <fmt/ostream.h>

#include "coordinator/cli/flags.h"
#include "coordinator/cli/perf.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/units.h"
#include "coordinator/cli/verbs.h"

namespace vow::cli {
namespace {

struct CheckFlags {
  std::string data;
  std::string seconds = "2s";
};

Latency or_fail(const Result<Latency, std::string>& latency, const std::string& what,
                const std::string& where, const std::string& todo) {
  if (!latency.ok()) throw CommandFailed({what, where, latency.error(), todo, ""});
  return *latency;
}

JsonObject as_object(const Latency& latency) {
  JsonObject object = json_object();
  object.set("count", latency.count);
  object.set("p50_us", latency.p50_us);
  object.set("p99_us", latency.p99_us);
  object.set("per_s", latency.per_s);
  return object;
}

void print_json(const Context& context, const Measured& measured) {
  JsonObject object = json_object();
  object.set("cores", measured.machine.cores);
  object.set("clock_source", measured.machine.clock_source);
  object.set("clock_is_synchronized", measured.machine.clock_is_synchronized);
  object.set("sync", as_object(measured.sync));
  object.set("loopback", as_object(measured.loopback));
  if (measured.node) object.set("node", as_object(*measured.node));
  Poco::JSON::Array expect;
  for (const std::string& line : expectations(measured)) expect.add(line);
  object.set("expect", expect);
  Poco::JSON::Array warn;
  for (const std::string& line : warnings(measured)) warn.add(line);
  object.set("warnings", warn);
  context.out << pretty(object) << "\n";
}

void print_table(const Context& context, const Measured& measured, const std::string& directory,
                 const Endpoint& node) {
  Table table({"MEASURED", "P50 (us)", "P99 (us)", "PER SECOND"});
  const auto row = [&](const std::string& name, const Latency& latency) {
    table.row({name, fmt::format("{:.0f}", latency.p50_us), fmt::format("{:.0f}", latency.p99_us),
               fmt::format("{:.0f}", latency.per_s)});
  };
  row(fmt::format("write and sync 4 KiB in {}", directory), measured.sync);
  row("round trip over loopback", measured.loopback);
  if (measured.node) row(fmt::format("round trip to the node at {}", to_string(node)), *measured.node);
  context.out << table.text(context.colour);
  fmt::print(context.out, "{} processors; clock {}, {}\n\n", measured.machine.cores,
             measured.machine.clock_source.empty() ? "unknown" : measured.machine.clock_source,
             measured.machine.clock_is_synchronized ? "synchronized" : "not known to be synchronized");
  if (!measured.node)
    fmt::print(context.out, "No node answers at {}; only this machine was measured.\n", to_string(node));
  for (const std::string& line : expectations(measured)) context.out << line << "\n";
  for (const std::string& line : warnings(measured)) context.out << "Warning: " << line << "\n";
}

Exit check_perf(const Context& context, const CheckFlags& flags) {
  const auto length = parse_duration_ms(flags.seconds);
  if (!length || *length == 0 || *length > 60'000)
    throw CommandFailed({fmt::format("--for cannot be '{}'", flags.seconds), "--for", "it must be 1ms to 60s",
                         "", "VOW-4005"});
  const auto variable = context.environment.find("VOW_NODE_DATA");
  const std::string directory = !flags.data.empty()                     ? flags.data
                                : variable != context.environment.end() ? variable->second
                                                                        : ".";
  const Endpoint node = context.client().at().front();
  const std::chrono::milliseconds of_sync(*length), of_rest(*length / 4 + 1);

  Measured measured;
  measured.machine = look_at_machine(directory);
  measured.sync = or_fail(measure_sync(directory, of_sync), "cannot measure the disk", directory,
                          "Name a directory that can be written with --data.");
  measured.loopback = or_fail(measure_loopback(of_rest), "cannot measure the network", "127.0.0.1", "");
  if (const auto latency = measure_node(node, of_rest); latency.ok()) measured.node = *latency;

  if (context.as_json())
    print_json(context, measured);
  else
    print_table(context, measured, directory, node);
  return warnings(measured).empty() ? Exit::ok : Exit::degraded;
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  CLI::App* check = add_group(app, "check", "Checks of this machine");
  const auto flags = std::make_shared<CheckFlags>();
  CLI::App* verb = add_verb(
      *check, context, "perf",
      "Measures disk, loopback and a node, and says what to expect (exit 2 with a warning)",
      "vow check perf --data /var/lib/vow", [&context, flags] { return check_perf(context, *flags); });
  verb->add_option("--data", flags->data, "directory to measure in (else VOW_NODE_DATA, else here)")
      ->option_text("DIR");
  verb->add_option("--for", flags->seconds, "how long to measure the disk (2s)")->option_text("DURATION");
  add_output_flag(*verb, context);
  add_at_flag(*verb, context);
}

}  // namespace vow::cli
