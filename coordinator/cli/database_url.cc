#include "coordinator/cli/database_url.h"

#include <algorithm>

#include <Poco/Exception.h>
#include <Poco/URI.h>

namespace vow::cli {
namespace {

constexpr const char* known_forms =
    "it must begin with postgresql://, mysql:// or sqlite:, as in mysql://user@host:3306/database";

// The part between "user:" and "@" goes.
std::string without_password(const std::string& text) {
  const std::size_t authority = text.find("://");
  if (authority == std::string::npos) return text;
  const std::size_t end = std::min(text.find_first_of("/?", authority + 3), text.size());
  const std::size_t at = text.rfind('@', end - 1);
  const std::size_t colon = text.find(':', authority + 3);
  if (at == std::string::npos || at < authority || colon >= at) return text;
  return text.substr(0, colon) + text.substr(at);
}

std::string decoded(const std::string& text) {
  std::string plain;
  Poco::URI::decode(text, plain);
  return plain;
}

// libpq takes it as a parameter too.
std::string without_password_parameter(std::string text) {
  const std::size_t at = text.find("password=");
  if (at == std::string::npos) return text;
  const std::size_t end = std::min(text.find('&', at), text.size());
  text.replace(at, end - at, "password=***");
  return text;
}

Result<DatabaseUrl, std::string> parse_mysql(const std::string& text, DatabaseUrl into) {
  try {
    const Poco::URI uri(text);
    const std::string who = uri.getUserInfo();
    const std::size_t colon = who.find(':');
    into.user = decoded(who.substr(0, colon));
    if (colon != std::string::npos) into.password = decoded(who.substr(colon + 1));
    into.host = uri.getHost().empty() ? "127.0.0.1" : uri.getHost();
    if (uri.getPort() != 0) into.port = uri.getPort();
    if (uri.getPath().size() > 1) into.database = uri.getPath().substr(1);
    for (const auto& [name, value] : uri.getQueryParameters()) {
      if (name != "socket") return Failure{"it has the parameter " + name + ", and only socket is known"};
      into.socket = value;
    }
  } catch (const Poco::Exception&) {
    return Failure{std::string("it cannot be read as mysql://user@host:port/database")};
  }
  if (into.user.empty()) return Failure{std::string("it names no user: mysql://user@host:port/database")};
  if (into.database.empty())
    return Failure{std::string("it names no database: mysql://user@host:port/database")};
  return into;
}

}  // namespace

Result<DatabaseUrl, std::string> parse_database_url(const std::string& text) {
  DatabaseUrl url;
  url.shown = without_password_parameter(without_password(text));
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) {
    url.kind = DatabaseUrl::Kind::postgres;
    url.whole = text;
    return url;
  }
  if (text.starts_with("mysql://") || text.starts_with("mariadb://")) {
    url.kind = DatabaseUrl::Kind::mysql;
    return parse_mysql(text, std::move(url));
  }
  if (text.starts_with("sqlite:")) {
    url.kind = DatabaseUrl::Kind::sqlite;
    url.path = text.substr(text.starts_with("sqlite://") ? 9 : 7);
    if (url.path.empty()) return Failure{std::string("it names no file: sqlite:PATH")};
    return url;
  }
  return Failure{std::string(known_forms)};
}

}  // namespace vow::cli
