// The database of a service: SQLite, PostgreSQL or MariaDB, as its URL says. Services speak plain SQL to it,
// with ? for each value, and never see which one it is.
//
// Most services have one kind of database, and need none of this: they use what
// vow::postgres::resource::enlist() and its like return.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <vow/action.h>
#include <vow/client.h>

namespace shop {

using Value = std::variant<std::int64_t, std::string>;
using Values = std::vector<Value>;
using Rows = std::vector<std::vector<std::string>>;

// Within one transaction, while its function runs.
class Statements {
 public:
  virtual ~Statements() = default;
  // Returns how many rows it has changed.
  virtual std::size_t change(const std::string& sql, const Values& values) = 0;
  virtual Rows ask(const std::string& sql, const Values& values) = 0;
};

// Thread-safe.
class Database {
 public:
  virtual ~Database() = default;

  // The work of `tx` here, which commits and rolls back with it.
  [[nodiscard]] virtual std::unique_ptr<Statements> in(vow::tx& tx) = 0;

  // Work in two steps, for when others must not wait until a transaction ends: `attempt` is committed at
  // once, and `confirm` or `cancel` follows. What `attempt` leaves in `bytes`, they are given.
  using Step = std::function<void(Statements& db, std::string& bytes)>;
  [[nodiscard]] virtual vow::action tcc(const std::string& name, Step attempt, Step confirm, Step cancel) = 0;
};

// `name` is what the coordinator calls it. The tables are made if they are not there.
//
//   sqlite:/var/lib/shop/orders.db
//   postgresql://user:password@host:5432/orders
//   mysql://user:password@host:3306/orders
[[nodiscard]] std::unique_ptr<Database> open_database(vow::client& client, const std::string& name,
                                                      const std::string& url, const std::string& tables);

// One for each kind, which open_database() chooses from.
[[nodiscard]] std::unique_ptr<Database> open_sqlite(vow::client& client, const std::string& name,
                                                    const std::string& path, const std::string& tables);
[[nodiscard]] std::unique_ptr<Database> open_postgres(vow::client& client, const std::string& name,
                                                      const std::string& url, const std::string& tables);
[[nodiscard]] std::unique_ptr<Database> open_mysql(vow::client& client, const std::string& name,
                                                   const std::string& url, const std::string& tables);

}  // namespace shop
