// Random statements on a schema that has much of what is awkward at once: done directly and by prepare and
// commit they leave the same database. Transactions follow each other in one pair of databases, so that each
// begins on what the ones before have left.
#include <filesystem>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/sqlite/databases.h"

namespace vow::sqlite {
namespace {

const std::string schema =
    "CREATE TABLE parent(id INTEGER PRIMARY KEY AUTOINCREMENT, u UNIQUE, v, g AS (v || '!') STORED, w AS "
    "(v));"
    "CREATE TABLE child(p REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY "
    "DEFERRED, a);"
    "CREATE TABLE orphan(p REFERENCES parent ON DELETE SET NULL, a, CHECK (a IS NOT 7));"
    "CREATE TABLE pair(x, b INT, a TEXT COLLATE NOCASE, PRIMARY KEY(a, b)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX live ON child(a) WHERE a > 3; CREATE INDEX computed ON parent(w);"
    "CREATE TABLE log(n INTEGER PRIMARY KEY, what);"
    "CREATE TRIGGER l AFTER DELETE ON child BEGIN INSERT INTO log(what) VALUES ('gone ' || old.a); END;"
    "CREATE TRIGGER b BEFORE UPDATE ON pair WHEN new.b = 3 BEGIN DELETE FROM orphan WHERE a = old.b; END;"
    "CREATE VIEW both AS SELECT p, a FROM child; CREATE TRIGGER i INSTEAD OF INSERT ON both BEGIN "
    "INSERT OR IGNORE INTO child VALUES (new.p, new.a); INSERT OR REPLACE INTO pair VALUES (new.a, new.p, "
    "'via'); END;";

class Dice {
 public:
  explicit Dice(unsigned seed) : source_(seed) {}
  int below(int limit) { return static_cast<int>(source_() % static_cast<unsigned>(limit)); }
  std::string small() { return std::to_string(below(9)); }
  std::string any() {
    static const char* const some[] = {"NULL",    "-0.0", "1e308", "'a'", "'A'",  "'b'||char(0)||'c'",
                                       "x'00ff'", "'é'",  "2.5",   "x''", "'12'", "7"};
    return below(2) == 0 ? small() : some[below(12)];
  }
  std::string statement() {
    switch (below(16)) {
      case 0:
        return "INSERT INTO parent(u, v) VALUES (" + any() + "," + any() + ")";
      case 1:
        return "INSERT OR REPLACE INTO parent(id, u, v) VALUES (" + small() + "," + any() + "," + any() + ")";
      case 2:
        return "UPDATE OR IGNORE parent SET id = id + " + small() + " WHERE id % 3 = " + small();
      case 3:
        return "UPDATE OR REPLACE parent SET u = " + any() + ", v = " + any() + " WHERE id = " + small();
      case 4:
        return "DELETE FROM parent WHERE id = " + small();
      case 5:
        return "INSERT OR REPLACE INTO child VALUES (" + small() + "," + any() + ")";
      case 6:
        return "UPDATE child SET rowid = rowid + 5, a = " + any() + " WHERE rowid = " + small();
      case 7:
        return "INSERT INTO orphan VALUES (" + small() + "," + any() + ")";
      case 8:
        return "INSERT OR IGNORE INTO pair VALUES (" + any() + "," + any() + "," + any() + ")";
      case 9:
        return "INSERT INTO pair VALUES (" + any() + "," + small() +
               ",'a') ON CONFLICT DO UPDATE SET x = " + any();
      case 10:
        return "UPDATE OR REPLACE pair SET b = b + 1, a = upper(a) WHERE b = " + small();
      case 11:
        return "INSERT INTO both VALUES (" + small() + "," + any() + ")";
      case 12:
        return "DELETE FROM pair WHERE b = " + small();
      case 13:
        return below(4) == 0 ? "DELETE FROM child" : "DELETE FROM log WHERE n < " + small();
      case 14:
        return "DELETE FROM orphan WHERE rowid = " + small();
      default:
        return "UPDATE OR FAIL orphan SET a = " + any() + ", p = " + small();
    }
  }

 private:
  std::mt19937 source_;
};

class RandomWorkOnSqlite : public OnSqlite, public ::testing::WithParamInterface<unsigned> {};

TEST_P(RandomWorkOnSqlite, EndsAsIfItHadRunDirectly) {
  const std::string twin = directory_.path() + "/twin.db";
  make(schema);
  std::filesystem::copy_file(path_, twin);
  const auto hasty = [](sqlite3* opened) {
    execute(opened, "PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF");
  };
  database on(path_, {.on_open = hasty, .may_lose_on_power_failure = true});
  plain direct(twin);
  direct.run("PRAGMA synchronous = OFF");
  Dice dice(GetParam());
  int committed = 0;
  for (int transaction = 0; transaction < 40; ++transaction) {
    SCOPED_TRACE(transaction);
    const preparation as = new_preparation();
    xa_branch branch(on, as, soon());
    std::string all;
    ASSERT_EQ(direct.run("BEGIN IMMEDIATE"), "");
    for (int left = 1 + dice.below(6); left > 0; --left) {
      const std::string sql = dice.statement();
      all += sql + ";\n";
      const bool worked = direct.run(sql).empty();
      EXPECT_EQ(code_of([&] { branch.execute(sql); }).empty(), worked) << sql;
    }
    bool ends = dice.below(4) > 0;
    if (ends && !direct.run("COMMIT").empty()) {
      EXPECT_EQ(code_of([&] { (void)branch.prepare(); }), "VOW-5253") << all;
      ASSERT_EQ(direct.run("ROLLBACK"), "");
    } else if (ends) {
      if (branch.prepare() == ballot::prepared) branch.commit();
      ++committed;
    } else {
      ASSERT_EQ(direct.run("ROLLBACK"), "");
      if (dice.below(2) == 0) (void)code_of([&] { (void)branch.prepare(); });
      branch.rollback();
    }
    ASSERT_EQ(content(path_), content(twin)) << all;
  }
  EXPECT_GT(committed, 10);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWorkOnSqlite, ::testing::Range(1u, 16u));

}  // namespace
}  // namespace vow::sqlite
