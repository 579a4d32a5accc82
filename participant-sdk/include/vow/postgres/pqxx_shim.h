// All that differs between libpqxx 6 and 7.
#pragma once

#include <exception>
#include <string>

#include <pqxx/pqxx>

namespace vow::postgres::pqxx_shim {

// libpqxx 6 connects again by itself when a connection was lost; what follows would then run outside the
// transaction, and be committed at once.
inline void never_reconnect([[maybe_unused]] pqxx::connection& on) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // in 7, where there is no need of it
  on.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
}

// What the server called it; empty if it was not the server that spoke.
inline std::string sqlstate_of(const std::exception& why) {
  const auto* said = dynamic_cast<const pqxx::sql_error*>(&why);
  if (said != nullptr && !said->sqlstate().empty()) return said->sqlstate();
  // libpqxx 6 does not tell it of all that have a type of their own; some of them are not even a sql_error.
  const auto is = [&]<class Type>(const Type*) { return dynamic_cast<const Type*>(&why) != nullptr; };
  if (is(static_cast<const pqxx::deadlock_detected*>(nullptr))) return "40P01";
  if (is(static_cast<const pqxx::serialization_failure*>(nullptr))) return "40001";
  if (is(static_cast<const pqxx::statement_completion_unknown*>(nullptr))) return "40003";
  if (is(static_cast<const pqxx::transaction_rollback*>(nullptr))) return "40000";
  if (is(static_cast<const pqxx::insufficient_privilege*>(nullptr))) return "42501";
  if (is(static_cast<const pqxx::feature_not_supported*>(nullptr))) return "0A000";
  if (is(static_cast<const pqxx::disk_full*>(nullptr))) return "53100";
  if (is(static_cast<const pqxx::out_of_memory*>(nullptr))) return "53200";
  if (is(static_cast<const pqxx::insufficient_resources*>(nullptr))) return "53000";
  return {};
}

// Whether the connection is of no use any more, and what was under way may have happened or not.
inline bool is_lost(const pqxx::connection& on, const std::exception& why) {
  if (dynamic_cast<const pqxx::broken_connection*>(&why) != nullptr || !on.is_open()) return true;
  const std::string state = sqlstate_of(why);
  return state.starts_with("08") || state.starts_with("57P") || state == "40003";
}

inline pqxx::result run(pqxx::connection& on, const std::string& sql) {
  pqxx::nontransaction direct(on);
  return direct.exec(sql);
}

}  // namespace vow::postgres::pqxx_shim
