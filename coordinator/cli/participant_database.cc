#include "coordinator/cli/participant_database.h"

#include <utility>

#include "coordinator/base/check.h"

namespace vow::cli {

std::unique_ptr<ParticipantDatabase> participant_database(DatabaseUrl url, const std::string& password) {
  if (url.password.empty()) url.password = password;
  switch (url.kind) {
    case DatabaseUrl::Kind::postgres:
      return postgres_database(url);
    case DatabaseUrl::Kind::mysql:
      return mysql_database(url);
    case DatabaseUrl::Kind::sqlite:
      return sqlite_database(url);
  }
  VOW_CHECK(false, "a database of no kind");
  return nullptr;
}

}  // namespace vow::cli
