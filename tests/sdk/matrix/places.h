// A place where a transaction leaves an effect: a database of each kind, in each mode.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include "vow/client.h"
#include "vow/mysql.h"
#include "vow/postgres.h"
#include "vow/sqlite.h"

namespace vow::sdk {

struct PlaceOptions {
  std::string database;   // "postgres", "mysql" or "sqlite"
  std::string mode;       // "xa", "tcc" or "hooks"
  std::string address;    // a connection string, a socket, a file
  std::string schema;     // MariaDB's database
  std::string directory;  // for effects outside of databases
  std::string resource;
};

class Place {
 public:
  virtual ~Place() = default;
  // The effect of that number, as a part of `in`.
  virtual void leave(tx& in, int number) = 0;
};

// Files stand for what is outside of databases. Each step may come again.
inline action effect_outside(resource& on, const std::string& directory) {
  const auto file = [directory](const std::string& number, const char* state) {
    return std::filesystem::path(directory) / (number + state);
  };
  const auto prepare = [file](const branch_info&, std::string& number) {
    std::ofstream(file(number, ".tried"));
  };
  const auto commit = [file](const branch_info&, std::string& number) {
    if (std::filesystem::exists(file(number, ".tried")))
      std::filesystem::rename(file(number, ".tried"), file(number, ".done"));
  };
  const auto rollback = [file](const branch_info&, std::string& number) {
    std::filesystem::remove(file(number, ".tried"));
  };
  return on.hooks("effect", prepare, commit, rollback);
}

// `Resource`: of an adapter; `run`: how a statement is run on what its enlist() and its actions give.
template <class Resource, class Run>
class PlaceIn final : public Place {
 public:
  PlaceIn(std::unique_ptr<Resource> on, const PlaceOptions& how, Run run)
      : on_(std::move(on)), run_(run), is_xa_(how.mode == "xa") {
    const auto saying = [run](const std::string& before, const std::string& after) {
      return [=](auto&& db, const branch_info&, std::string& number) { run(db, before + number + after); };
    };
    if (how.mode == "tcc") {
      action_ = std::make_unique<action>(
          on_->tcc("effect", saying("INSERT INTO effect (number, state) VALUES (", ", 'tried')"),
                   saying("UPDATE effect SET state = 'done' WHERE number = ", ""),
                   saying("DELETE FROM effect WHERE number = ", "")));
    } else if (how.mode == "hooks") {
      action_ = std::make_unique<action>(effect_outside(*on_, how.directory));
    }
  }
  void leave(tx& in, int number) override {
    const std::string text = std::to_string(number);
    if (is_xa_) {
      run_(on_->enlist(in), "INSERT INTO effect (number, state) VALUES (" + text + ", 'done')");
    } else {
      (*action_)(in, text);
    }
  }

 private:
  const std::unique_ptr<Resource> on_;
  const Run run_;
  const bool is_xa_;
  std::unique_ptr<action> action_;
};

inline std::unique_ptr<Place> open_place(client& of, const PlaceOptions& how) {
  const auto make = [&]<class Resource, class Run>(std::unique_ptr<Resource> on, Run run) {
    return std::make_unique<PlaceIn<Resource, Run>>(std::move(on), how, run);
  };
  if (how.database == "postgres") {
    const auto connect = [dsn = how.address] { return std::make_unique<pqxx::connection>(dsn); };
    postgres::options options;
    options.allow_forgetful_server = true;  // the machine does not lose its power
    return make(std::make_unique<postgres::resource>(of, how.resource, connect, options),
                [](pqxx::transaction_base& db, const std::string& sql) { db.exec(sql); });
  }
  if (how.database == "mysql") {
    mysql::parameters where;
    where.socket = how.address;
    where.user = "root";
    where.database = how.schema;
    return make(std::make_unique<mysql::resource>(of, how.resource, mysql::connect_to(where)),
                [](MYSQL* db, const std::string& sql) { mysql::run(db, sql); });
  }
  return make(std::make_unique<sqlite::resource>(of, how.resource, how.address),
              [](sqlite3* db, const std::string& sql) {
                if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
                  throw std::runtime_error(sqlite3_errmsg(db));
              });
}

}  // namespace vow::sdk
