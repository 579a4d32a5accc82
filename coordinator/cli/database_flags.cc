#include "coordinator/cli/database_flags.h"

#include <algorithm>
#include <chrono>
#include <sstream>

#include <fmt/format.h>

#include "coordinator/cli/table.h"
#include "coordinator/cli/units.h"
#include "coordinator/txn/xid.h"

namespace vow::cli {
namespace {

std::string variable(const Context& context, const char* name) {
  const auto found = context.environment.find(name);
  return found == context.environment.end() ? std::string() : found->second;
}

std::vector<std::string> words_in(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

void add_database_flags(CLI::App& verb, DatabaseFlags& flags) {
  verb.add_option(
          "--db", flags.urls,
          "postgresql://user@host/database, mysql://user@host/database or sqlite:PATH; may be given "
          "again (else VOW_DB, with blanks between). Passwords: PGPASSWORD or .pgpass; VOW_DB_PASSWORD "
          "for MySQL")
      ->allow_extra_args(false)
      ->option_text("URL");
  verb.add_option("--coordinator", flags.coordinator,
                  "where clients call its nodes (else VOW_COORDINATORS, else 127.0.0.1:7400)")
      ->option_text("HOST:PORT,...");
}

Databases databases_of(const Context& context, const DatabaseFlags& flags) {
  const bool by_flag = !flags.urls.empty();
  const std::vector<std::string> urls = by_flag ? flags.urls : words_in(variable(context, "VOW_DB"));
  if (urls.empty()) {
    throw CommandFailed({"no database is named", "--db", "",
                         "For example: --db postgresql://vow@db.example/shop --db sqlite:/var/lib/shop.db",
                         "VOW-4005"});
  }
  Databases all;
  for (const std::string& url : urls) {
    auto parsed = parse_database_url(url);
    // Not the URL itself: nobody knows where in it a password is.
    if (!parsed)
      throw CommandFailed(
          {"a database cannot be understood", by_flag ? "--db" : "VOW_DB", parsed.error(), "", "VOW-4005"});
    all.push_back(participant_database(*std::move(parsed), variable(context, "VOW_DB_PASSWORD")));
  }
  return all;
}

std::vector<Endpoint> coordinators_of(const Context& context, const DatabaseFlags& flags) {
  const std::string given = variable(context, "VOW_COORDINATORS");
  const bool by_variable = flags.coordinator.empty() && !given.empty();
  const std::string text = !flags.coordinator.empty() ? flags.coordinator
                           : by_variable              ? given
                                                      : "127.0.0.1:7400";
  const auto endpoints = parse_endpoints(text);
  if (endpoints && !endpoints->empty()) return *endpoints;
  throw CommandFailed({fmt::format("cannot use '{}'", text),
                       by_variable ? "VOW_COORDINATORS" : "--coordinator",
                       "it must be addresses where clients call nodes, with commas between them",
                       "For example: --coordinator 127.0.0.1:7400,127.0.0.1:7410", "VOW-4005"});
}

std::uint64_t now_since_1970_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

std::string age_of(const PreparedBranch& branch, std::uint64_t now_ms) {
  if (branch.age) return about(static_cast<std::uint64_t>(branch.age->count()));
  const auto xid = txn::parse_xid(branch.which.xid);
  const bool is_known = xid && xid->begin_ms < now_ms;
  return is_known ? "at most " + about(now_ms - xid->begin_ms) : "not known";
}

std::string words_of(const std::exception& why) {
  std::string text = cleaned(why.what());
  const auto* known = dynamic_cast<const error*>(&why);
  if (known == nullptr) return text;
  const std::string before = known->code() + ": ";
  const std::string after = "; " + cleaned(known->hint());
  if (text.starts_with(before)) text.erase(0, before.size());
  if (text.ends_with(after)) text.resize(text.size() - after.size());
  return text;
}

Complaint complaint_of(const std::string& what, const ParticipantDatabase& in, const std::exception& why) {
  const auto* known = dynamic_cast<const error*>(&why);
  return {"cannot " + what, in.shown(), words_of(why), known != nullptr ? known->hint() : std::string(),
          known != nullptr ? known->code() : std::string()};
}

}  // namespace vow::cli
