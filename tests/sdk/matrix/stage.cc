#include "tests/sdk/matrix/stage.h"

#include <array>

namespace vow::sdk {
namespace {

constexpr const char* table = "CREATE TABLE effect (number INTEGER PRIMARY KEY, state VARCHAR(10) NOT NULL)";
constexpr std::array sides{Side::initiator, Side::participant};

class PostgresStage final : public Stage {
 public:
  PostgresStage() : Stage("postgres") {
    for (const Side side : sides) {
      pqxx::connection first(address(side));
      pqxx::nontransaction(first).exec(table);
    }
  }
  void kill_database() override {
    if (server_.is_running()) server_.kill();
  }
  void heal() override {
    if (!server_.is_running()) server_.start();
    Stage::heal();
  }

 protected:
  int ask(Side side, const std::string& sql) const override {
    pqxx::connection other(address(side));
    return pqxx::nontransaction(other).exec(sql)[0][0].as<int>();
  }
  int prepared(Side side) const override {
    return ask(side, "select count(*) from pg_prepared_xacts where database = current_database()");
  }
  bool has_records(Side side) const override {
    return ask(side, "select count(*) from pg_class where relname = 'vow_branch'") > 0;
  }
  std::string address(Side side) const override { return side == Side::initiator ? here_ : there_; }

 private:
  testing::PostgresServer server_{{.fsync = false}};
  const std::string here_ = server_.dsn(server_.new_database());
  const std::string there_ = server_.dsn(server_.new_database());
};

class MysqlStage final : public Stage {
 public:
  MysqlStage() : Stage("mysql") {
    for (const Side side : sides) run(side, std::string(table) + " ENGINE=InnoDB");
  }
  void kill_database() override {
    if (!std::exchange(is_down_, true)) server_.kill();
  }
  void heal() override {
    if (std::exchange(is_down_, false)) server_.start();
    Stage::heal();
  }

 protected:
  int ask(Side side, const std::string& sql) const override { return std::stoi(run(side, sql).at(0).at(0)); }
  int prepared(Side side) const override {
    // The list is the server's; half of it for each side would be as true.
    return side == Side::initiator ? static_cast<int>(run(side, "XA RECOVER").size()) : 0;
  }
  bool has_records(Side side) const override { return !run(side, "SHOW TABLES LIKE 'vow_branch'").empty(); }
  std::string address(Side) const override { return server_.socket(); }
  std::string schema(Side side) const override { return side == Side::initiator ? here_ : there_; }

 private:
  mysql::rows run(Side side, const std::string& sql) const {
    const mysql::connection on(server_.connect(schema(side)));
    return mysql::run(on.get(), sql);
  }
  testing::MariadbServer server_;
  const std::string here_ = server_.new_database();
  const std::string there_ = server_.new_database();
  bool is_down_ = false;
};

class SqliteStage final : public Stage {
 public:
  SqliteStage() : Stage("sqlite") {
    for (const Side side : sides) run(side, table);
  }

 protected:
  int ask(Side side, const std::string& sql) const override { return run(side, sql); }
  int prepared(Side) const override { return 0; }  // they are records
  bool has_records(Side side) const override {
    return ask(side, "SELECT count(*) FROM sqlite_schema WHERE name = 'vow_branch'") > 0;
  }
  std::string address(Side side) const override { return effects_of(side) + ".db"; }

 private:
  int run(Side side, const std::string& sql) const {
    sqlite3* file = nullptr;
    if (sqlite3_open(address(side).c_str(), &file) != SQLITE_OK) throw std::runtime_error("no file");
    sqlite3_busy_timeout(file, 10'000);
    int first = 0;
    const auto keep = [](void* into, int, char** values, char**) {
      *static_cast<int*>(into) = std::atoi(values[0]);
      return 0;
    };
    const int result = sqlite3_exec(file, sql.c_str(), keep, &first, nullptr);
    const std::string said = sqlite3_errmsg(file);
    sqlite3_close(file);
    if (result != SQLITE_OK) throw std::runtime_error(sql + ": " + said);
    return first;
  }
};

}  // namespace

Stage::Stage(const std::string& database) : database_(database) {
  for (const Side side : sides) std::filesystem::create_directory(effects_of(side));
}

std::unique_ptr<Stage> Stage::make(const std::string& database) {
  if (database == "postgres") return std::make_unique<PostgresStage>();
  if (database == "mysql") return std::make_unique<MysqlStage>();
  return std::make_unique<SqliteStage>();
}

PlaceOptions Stage::place(Side side, const std::string& mode) const {
  return {.database = database_,
          .mode = mode,
          .address = address(side),
          .schema = schema(side),
          .directory = effects_of(side),
          .resource = side == Side::initiator ? "here" : "there"};
}

std::string Stage::coordinators() const {
  std::string all;
  for (const std::string& each : cell_.addresses()) all += (all.empty() ? "" : ",") + each;
  return all;
}

void Stage::kill_leader() {
  if (stopped_) cell_.start(*stopped_);
  stopped_ = cell_.stop_leader();
}

void Stage::heal() {
  if (stopped_) cell_.start(*std::exchange(stopped_, std::nullopt));
}

int Stage::effects(Side side, int number) const {
  const std::string text = std::to_string(number);
  return ask(side, "SELECT count(*) FROM effect WHERE state = 'done' AND number = " + text) +
         (std::filesystem::exists(effects_of(side) + '/' + text + ".done") ? 1 : 0);
}

int Stage::leftovers() const {
  int left = 0;
  for (const Side side : sides) {
    left += prepared(side) + ask(side, "SELECT count(*) FROM effect WHERE state <> 'done'");
    if (has_records(side))
      left += ask(side, "SELECT count(*) FROM vow_branch WHERE state IN ('attempting', 'prepared')");
    for (const auto& file : std::filesystem::directory_iterator(effects_of(side)))
      left += file.path().extension() == ".tried" ? 1 : 0;
  }
  return left;
}

}  // namespace vow::sdk
