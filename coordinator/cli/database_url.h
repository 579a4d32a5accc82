// A participant's database as people name it on the command line.
//
//   postgresql://user@host:port/database        libpq's own words, all of them
//   mysql://user:password@host:port/database    mariadb:// too; ?socket=PATH in place of host and port
//   sqlite:PATH                                 sqlite:///PATH too
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/base/result.h"

namespace vow::cli {

struct DatabaseUrl {
  enum class Kind : std::uint8_t { postgres, mysql, sqlite };
  Kind kind = Kind::postgres;
  std::string shown;  // without its password
  std::string whole;  // postgres: what libpq is given
  std::string path;   // sqlite
  std::string host;   // mysql, as what follows
  std::uint16_t port = 3306;
  std::string socket;
  std::string user;
  std::string password;
  std::string database;
};

// Or what is wrong with it, for people; never with its password.
[[nodiscard]] Result<DatabaseUrl, std::string> parse_database_url(const std::string& text);

}  // namespace vow::cli
