// Work that a naive record of changes would get wrong: done directly and by prepare and commit, it leaves the
// same database, to the bit.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/sqlite/databases.h"

namespace vow::sqlite {
namespace {

struct Work {
  std::string name;
  std::string schema;
  std::string work;
};

void PrintTo(const Work& of, std::ostream* to) { *to << of.name; }

class AwkwardWorkOnSqlite : public OnSqlite, public ::testing::WithParamInterface<Work> {};

TEST_P(AwkwardWorkOnSqlite, CommitsAsIfItHadRunDirectly) {
  make(GetParam().schema);
  const std::string before = content(path_);
  const std::string twin = directory_.path() + "/twin.db";
  std::filesystem::copy_file(path_, twin);
  ASSERT_EQ(plain(twin).run("BEGIN IMMEDIATE;" + GetParam().work + ";COMMIT"), "");
  const std::string expected = content(twin);
  ASSERT_NE(before, expected) << "the work does nothing";

  database on(path_, with_foreign_keys());
  const preparation as = prepare(on, GetParam().work);
  EXPECT_EQ(content(path_), before) << "readers see prepared work";
  commit_prepared(on, as);
  EXPECT_EQ(content(path_), expected);
  EXPECT_TRUE(list_prepared(on).empty());
}

TEST_P(AwkwardWorkOnSqlite, LeavesNothingWhenRolledBack) {
  make(GetParam().schema);
  const std::string before = content(path_);
  database on(path_, with_foreign_keys());
  rollback_prepared(on, prepare(on, GetParam().work));
  EXPECT_EQ(content(path_), before);
}

const std::string family =
    "CREATE TABLE p(id INTEGER PRIMARY KEY, v); INSERT INTO p VALUES (1,'a'),(2,'b'),(3,'c');";

INSTANTIATE_TEST_SUITE_P(
    Of, AwkwardWorkOnSqlite,
    ::testing::Values(
        Work{"UniqueSwap",
             "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE); INSERT INTO t VALUES (1,'a'),(2,'b')",
             "UPDATE t SET u='x' WHERE id=1; UPDATE t SET u='a' WHERE id=2; UPDATE t SET u='b' WHERE id=1"},
        Work{"DeleteCascade",
             family + "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE);"
                      "INSERT INTO c VALUES (1,1),(2,1),(3,2)",
             "DELETE FROM p WHERE id=1"},
        Work{"ParentReplacedAndChildrenKept",
             family + "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE);"
                      "INSERT INTO c VALUES (1,1),(2,1),(3,2)",
             "UPDATE p SET v='changed' WHERE id=1"},
        Work{"DeleteSetsNull",
             family + "CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE SET NULL);"
                      "INSERT INTO c VALUES (1,1),(2,1),(3,2)",
             "DELETE FROM p WHERE id=1"},
        Work{"UpdateCascade",
             family + "CREATE TABLE c(p REFERENCES p ON UPDATE CASCADE); INSERT INTO c VALUES (1),(1),(2)",
             "UPDATE p SET id=id+10"},
        Work{"TriggersBeforeAndAfter",
             "CREATE TABLE t(a); CREATE TABLE log(n INTEGER PRIMARY KEY, what);"
             "CREATE TRIGGER b BEFORE INSERT ON t BEGIN INSERT INTO log(what) VALUES ('before '||new.a); END;"
             "CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO log(what) VALUES ('after '||new.a); "
             "UPDATE t SET a=a*2 WHERE rowid=new.rowid; END;"
             "CREATE TRIGGER d AFTER DELETE ON t BEGIN INSERT INTO log(what) VALUES ('gone '||old.a); END;"
             "INSERT INTO t VALUES (1),(2)",
             "INSERT INTO t VALUES (5); DELETE FROM t WHERE a=2"},
        Work{"InsteadOfTriggerOnAView",
             "CREATE TABLE t(id INTEGER PRIMARY KEY, a); CREATE VIEW w AS SELECT id, a FROM t;"
             "CREATE TRIGGER i INSTEAD OF INSERT ON w BEGIN INSERT INTO t VALUES (new.id*10, new.a); END",
             "INSERT INTO w VALUES (3,'x')"},
        Work{"GeneratedColumns",
             "CREATE TABLE t(a, v AS (a*2), s AS (a||'!') STORED, b); CREATE INDEX i ON t(v);"
             "INSERT INTO t(a,b) VALUES (1,'x'),(2,'y')",
             "UPDATE t SET a=a+10; INSERT INTO t(a,b) VALUES (7,'z'); DELETE FROM t WHERE a=11"},
        Work{"NullKeys",
             "CREATE TABLE t(k TEXT PRIMARY KEY, a); INSERT INTO t VALUES (NULL,1),(NULL,2),('x',3)",
             "UPDATE t SET a=a+10 WHERE k IS NULL AND a=2; INSERT INTO t VALUES (NULL,9)"},
        Work{"ImplicitRowids",
             "CREATE TABLE t(a); INSERT INTO t VALUES (1),(2),(3),(4); DELETE FROM t WHERE a=2",
             "DELETE FROM t WHERE a=3; INSERT INTO t VALUES (5),(5); INSERT INTO t(rowid,a) VALUES "
             "(2,'again'),(-4,'low')"},
        Work{"ColumnsThatHideTheRowid", "CREATE TABLE t(rowid, oid, a); INSERT INTO t VALUES (9,9,1),(9,9,2)",
             "UPDATE t SET a=a+1 WHERE a=2; INSERT INTO t VALUES (1,2,3)"},
        Work{"PrimaryKeyMoved", family, "UPDATE p SET id=20 WHERE id=2; UPDATE p SET id=2 WHERE id=3"},
        Work{"WithoutRowidAndCompositeKey",
             "CREATE TABLE t(x, b INT, a TEXT, y, PRIMARY KEY(a DESC, b)) WITHOUT ROWID;"
             "INSERT INTO t VALUES (1,1,'a',0),(2,2,'a',0),(3,1,'b',0)",
             "UPDATE t SET b=7 WHERE a='b'; DELETE FROM t WHERE b=1; INSERT INTO t VALUES (9,9,'z',1); "
             "UPDATE t SET y=5 WHERE b=2"},
        Work{"InsertOrReplace",
             "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, a); INSERT INTO t VALUES "
             "(1,'a',1),(2,'b',2),(3,'c',3)",
             "INSERT OR REPLACE INTO t VALUES (1,'b','both')"},
        Work{"ReplaceAsTheTableSays",
             "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE); INSERT INTO t VALUES "
             "(1,'a'),(2,'b')",
             "UPDATE t SET u='b' WHERE id=1; INSERT INTO t VALUES (5,'c')"},
        Work{"Upsert",
             "CREATE TABLE t(k TEXT PRIMARY KEY, n INT) WITHOUT ROWID; INSERT INTO t VALUES ('a',1)",
             "INSERT INTO t VALUES ('a',5),('b',1),('b',1) ON CONFLICT(k) DO UPDATE SET n=n+excluded.n"},
        Work{"DeleteThenInsertOfOneKey", family, "DELETE FROM p WHERE id=2; INSERT INTO p VALUES (2,'new')"},
        Work{"DeleteOfAll", family, "DELETE FROM p"},
        Work{"Autoincrement",
             "CREATE TABLE z(id INTEGER PRIMARY KEY AUTOINCREMENT, a); CREATE TABLE t(id INTEGER PRIMARY KEY "
             "AUTOINCREMENT, a); INSERT INTO t(a) VALUES (1),(2)",
             "INSERT INTO t(a) VALUES (3),(4); DELETE FROM t WHERE a>=3; INSERT INTO z(a) VALUES ('first')"},
        Work{"AutoincrementWithoutATrace",
             "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t(a) VALUES (1)",
             "INSERT INTO t VALUES (99,'x'); DELETE FROM t WHERE id=99"},
        Work{"AutoincrementAndAKeyMovedPastIt",
             "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t(a) VALUES (1)",
             "UPDATE t SET id = 50"},
        Work{"Reals", "CREATE TABLE t(r REAL, n)",
             "INSERT INTO t VALUES (-0.0,-0.0),(1e308,1e308),(1e308*10,-1e308*10),(1e308*10-1e308*10,0.1),"
             "(5e-324,3),(3,3.0),(9007199254740993,9007199254740993)"},
        Work{"TextsWithNulAndBlobs", "CREATE TABLE t(a, b TEXT, c BLOB, d INT)",
             "INSERT INTO t VALUES ('a'||char(0)||'b', char(0), x'', x'00ff'), (x'61', 'é', zeroblob(300), "
             "'no int'), "
             "('', NULL, CAST(x'ff' AS TEXT), '12')"},
        Work{"ATableChangedTwice", family,
             "UPDATE p SET v='x'; INSERT INTO p VALUES (9,'y'); UPDATE p SET v=v||'2'"},
        Work{"DeferredForeignKeys",
             "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p DEFERRABLE INITIALLY "
             "DEFERRED)",
             "INSERT INTO c VALUES (5); INSERT INTO p VALUES (5)"},
        Work{"ForeignKeysInACircle",
             "CREATE TABLE a(id INTEGER PRIMARY KEY, b REFERENCES b DEFERRABLE INITIALLY DEFERRED);"
             "CREATE TABLE b(id INTEGER PRIMARY KEY, a REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
             "INSERT INTO a VALUES (1,2); INSERT INTO b VALUES (2,1)"},
        Work{"CollatedKeys",
             "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY, a) WITHOUT ROWID; INSERT INTO t VALUES "
             "('One',1),('two',2)",
             "UPDATE t SET k='ONE' WHERE k='one'; DELETE FROM t WHERE k='TWO'; INSERT INTO t VALUES "
             "('tWo',3)"},
        Work{"CollatedReferences",
             "CREATE TABLE p(k TEXT COLLATE NOCASE PRIMARY KEY); CREATE TABLE c(k REFERENCES p); INSERT INTO "
             "p VALUES ('A')",
             "INSERT INTO c VALUES ('a')"},
        Work{"PartialIndex",
             "CREATE TABLE t(a, live); CREATE UNIQUE INDEX i ON t(a) WHERE live; INSERT INTO t VALUES "
             "(1,1),(1,0),(2,1)",
             "UPDATE t SET live=0 WHERE a=1; UPDATE t SET live=1 WHERE rowid=2"},
        Work{"StrictTableOfAnything", "CREATE TABLE t(i INT, a ANY) STRICT",
             "INSERT INTO t VALUES (1,'1'),(2,1),(3,1.0)"},
        Work{"NamesThatNeedQuotes",
             "CREATE TABLE \"a \"\"b'\"(\"select\" PRIMARY KEY, \"x y\"); INSERT INTO \"a \"\"b'\" VALUES "
             "(1,2)",
             "UPDATE \"a \"\"b'\" SET \"x y\"=3; INSERT INTO \"a \"\"b'\" VALUES (4,5)"},
        Work{"SavepointsOfTheUser", family,
             "SAVEPOINT s; DELETE FROM p; ROLLBACK TO s; UPDATE p SET v='kept' WHERE id=3; RELEASE s"}),
    [](const auto& is) { return is.param.name; });

}  // namespace
}  // namespace vow::sqlite
