#include <stdexcept>

#include <Poco/URI.h>
#include <vow/mysql.h>

#include "database/database.h"

namespace shop {
namespace {

class MysqlStatements final : public Statements {
 public:
  explicit MysqlStatements(MYSQL* on) : on_(on) {}

  std::size_t change(const std::string& sql, const Values& values) override {
    (void)vow::mysql::run(on_, filled(sql, values));
    return static_cast<std::size_t>(mysql_affected_rows(on_));
  }
  Rows ask(const std::string& sql, const Values& values) override {
    return vow::mysql::run(on_, filled(sql, values));
  }

 private:
  [[nodiscard]] std::string filled(const std::string& sql, const Values& values) const {
    std::string text;
    std::size_t next = 0;
    for (const char c : sql) {
      if (c == '?') {
        text += quoted(values.at(next++));
      } else {
        text += c;
      }
    }
    return text;
  }
  [[nodiscard]] std::string quoted(const Value& value) const {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    const auto& text = std::get<std::string>(value);
    std::string safe(2 * text.size() + 1, '\0');
    safe.resize(
        mysql_real_escape_string(on_, safe.data(), text.data(), static_cast<unsigned long>(text.size())));
    return "'" + safe + "'";
  }

  MYSQL* on_;
};

class MysqlDatabase final : public Database {
 public:
  MysqlDatabase(vow::client& client, const std::string& name, const vow::mysql::parameters& where)
      : resource_(client, name, vow::mysql::connect_to(where)) {}

  std::unique_ptr<Statements> in(vow::tx& tx) override {
    return std::make_unique<MysqlStatements>(resource_.enlist(tx));
  }
  vow::action tcc(const std::string& name, Step attempt, Step confirm, Step cancel) override {
    const auto on_mysql = [](Step step) {
      return [step = std::move(step)](MYSQL* db, const vow::branch_info&, std::string& bytes) {
        MysqlStatements statements(db);
        step(statements, bytes);
      };
    };
    return resource_.tcc(name, on_mysql(std::move(attempt)), on_mysql(std::move(confirm)),
                         on_mysql(std::move(cancel)));
  }

 private:
  vow::mysql::resource resource_;
};

vow::mysql::parameters parameters_of(const std::string& url) {
  const Poco::URI uri(url);
  const std::string login = uri.getUserInfo();
  const auto colon = login.find(':');
  vow::mysql::parameters where;
  where.host = uri.getHost();
  if (uri.getPort() != 0) where.port = uri.getPort();
  where.user = login.substr(0, colon);
  if (colon != std::string::npos) where.password = login.substr(colon + 1);
  where.database = uri.getPath().substr(uri.getPath().starts_with('/') ? 1 : 0);
  return where;
}

}  // namespace

std::unique_ptr<Database> open_mysql(vow::client& client, const std::string& name, const std::string& url,
                                     const std::string& tables) {
  const vow::mysql::parameters where = parameters_of(url);
  {
    const std::unique_ptr<MYSQL, decltype(&mysql_close)> connection(vow::mysql::connect_to(where)(),
                                                                    mysql_close);
    (void)vow::mysql::run(connection.get(), tables);
  }
  return std::make_unique<MysqlDatabase>(client, name, where);
}

}  // namespace shop
