// vow doctor
#include <memory>

#include <Poco/JSON/Array.h>
#include <fmt/ostream.h>

#include "coordinator/cli/checklist.h"
#include "coordinator/cli/database_flags.h"
#include "coordinator/cli/flags.h"
#include "coordinator/cli/listing_orphans.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/verbs.h"

namespace vow::cli {
namespace {

struct DoctorFlags {
  DatabaseFlags databases;
  bool fix = false;
  bool orphans = false;
  std::string cell;
};

struct Examined {
  const ParticipantDatabase* database = nullptr;
  bool was_reached = false;
  std::string fixed;  // what --fix did, or why it could not
  std::vector<finding> found;
};

finding as_finding(const std::exception& why) {
  const auto* known = dynamic_cast<const error*>(&why);
  return {severity::blocks, known != nullptr ? known->code() : std::string(), words_of(why),
          known != nullptr ? known->hint() : std::string("see the database's words")};
}

std::string fix(ParticipantDatabase& database) {
  try {
    return database.make_records() ? "made the table vow_branch" : "the table vow_branch is there";
  } catch (const std::exception& why) {
    return "could not make the table vow_branch: " + words_of(why);
  }
}

Examined examine(ParticipantDatabase& database, bool fixing) {
  Examined result{&database, false, {}, {}};
  try {
    result.found = database.examine();
    result.was_reached = true;
    if (!fixing) return result;
    result.fixed = fix(database);
    result.found = database.examine();
  } catch (const std::exception& why) {
    result.found = {as_finding(why)};
    result.was_reached = false;
  }
  return result;
}

const char* word_of(severity of) {
  return of == severity::blocks ? "FAIL" : of == severity::warns ? "warn" : "note";
}

void print_text(const Context& context, const Examined& one) {
  const auto line = [&](const finding& each) {
    fmt::print(context.out, "  {}  {} ({})\n        {}\n", word_of(each.how), cleaned(each.what), each.code,
               cleaned(each.remedy));
  };
  fmt::print(context.out, "{}\n", cleaned(one.database->shown()));
  if (!one.fixed.empty()) fmt::print(context.out, "  done  {}\n", one.fixed);
  if (!one.was_reached) return line(one.found.front());
  for (const Check& check : checklist(one.database->kind(), one.found)) {
    if (check.found.empty()) fmt::print(context.out, "  ok    {}\n", check.about);
    for (const finding& each : check.found) line(each);
  }
}

JsonObject as_object(const Examined& one) {
  Poco::JSON::Array checks;
  const auto add = [&](const std::string& code, const std::string& result, const finding& each) {
    JsonObject object = json_object();
    object.set("code", code);
    object.set("result", result);
    object.set("what", each.what);
    object.set("remedy", each.remedy);
    checks.add(object);
  };
  if (!one.was_reached) add(one.found.front().code, "blocks", one.found.front());
  for (const Check& check :
       one.was_reached ? checklist(one.database->kind(), one.found) : std::vector<Check>()) {
    if (check.found.empty()) add(check.code, "ok", {severity::tells, check.code, check.about, ""});
    for (const finding& each : check.found) add(each.code, std::string(name(each.how)), each);
  }
  JsonObject object = json_object();
  object.set("database", one.database->shown());
  object.set("reached", one.was_reached);
  object.set("fixed", one.fixed);
  object.set("checks", checks);
  return object;
}

std::size_t count(const std::vector<Examined>& all, severity of) {
  std::size_t number = 0;
  for (const Examined& one : all) {
    for (const finding& each : one.found) number += each.how == of ? 1 : 0;
  }
  return number;
}

Exit examine_all(const Context& context, const DoctorFlags& flags) {
  const Databases databases = databases_of(context, flags.databases);
  std::vector<Examined> all;
  for (const auto& each : databases) all.push_back(examine(*each, flags.fix));
  const std::size_t blocks = count(all, severity::blocks);
  const std::size_t warns = count(all, severity::warns);
  if (context.as_json()) {
    JsonObject object = json_object();
    Poco::JSON::Array list;
    for (const Examined& each : all) list.add(as_object(each));
    object.set("blocks", blocks);
    object.set("warns", warns);
    object.set("databases", list);
    context.out << pretty(object) << "\n";
  } else {
    for (const Examined& each : all) print_text(context, each);
    fmt::print(
        context.out, "{}: {} FAIL, {} warn.{}\n",
        databases.size() == 1 ? "1 database" : fmt::format("{} databases", databases.size()), blocks, warns,
        blocks + warns > 0 && flags.fix ? " Settings of servers are left to you: the lines say what to run."
                                        : "");
  }
  return blocks > 0 ? Exit::error : warns > 0 ? Exit::degraded : Exit::ok;
}

Exit doctor(const Context& context, const DoctorFlags& flags) {
  if (!flags.cell.empty() && !flags.orphans)
    throw CommandFailed({"--cell goes with --orphans", "--cell", "", "", "VOW-4005"});
  if (flags.orphans && flags.fix)
    throw CommandFailed(
        {"--fix and --orphans do different things", "--fix", "", "Run one after the other.", "VOW-4005"});
  return flags.orphans ? list_orphans(context, flags.databases, flags.cell) : examine_all(context, flags);
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  const auto flags = std::make_shared<DoctorFlags>();
  CLI::App* verb = add_verb(
      app, context, "doctor",
      "Says what stands in the way of transactions in a database, and what to do (exit 2 with a warning, 1 "
      "if "
      "it blocks)",
      "vow doctor --db postgresql://vow@db.example/orders --db sqlite:/var/lib/shop/stock.db --fix\n"
      "  vow doctor --db postgresql://vow@db.example/orders --orphans --cell 7 --reason 'cell 7 is lost'",
      [&context, flags] { return doctor(context, *flags); });
  add_database_flags(*verb, flags->databases);
  verb->add_flag("--fix", flags->fix, "makes the table vow_branch where it is missing; changes no setting");
  verb->add_flag(
      "--orphans", flags->orphans,
      "lists what is prepared under names of ours, and whose it is (exit 2 if any is left behind)");
  verb->add_option("--cell", flags->cell,
                   "with --orphans: rolls back what that cell has prepared, which must be dead")
      ->option_text("ID");
  verb->add_option("--reason", context.reason, "required with --cell: why; printed with who asked")
      ->option_text("TEXT");
  add_output_flag(*verb, context);
}

}  // namespace vow::cli
