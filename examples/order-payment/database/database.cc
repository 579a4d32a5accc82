#include "database/database.h"

#include <stdexcept>

namespace shop {

std::unique_ptr<Database> open_database(vow::client& client, const std::string& name, const std::string& url,
                                        const std::string& tables) {
  constexpr std::string_view sqlite = "sqlite:";
  if (url.starts_with(sqlite)) return open_sqlite(client, name, url.substr(sqlite.size()), tables);
  if (url.starts_with("postgresql:")) return open_postgres(client, name, url, tables);
  if (url.starts_with("mysql:")) return open_mysql(client, name, url, tables);
  throw std::invalid_argument("'" + url + "' is no database: it begins with sqlite:, postgresql: or mysql:");
}

}  // namespace shop
