// A database that may not grow any more, as on a full disk.
#include <gtest/gtest.h>

#include "tests/sdk/sqlite/databases.h"

namespace vow::sqlite {
namespace {

class FullSqlite : public OnSqlite {
 protected:
  FullSqlite() {
    make("CREATE TABLE t(a PRIMARY KEY, b); CREATE INDEX t_b ON t(b); INSERT INTO t VALUES (1, 'before')");
    database on(path_);
    record_book(on, std::chrono::hours(1)).make();
  }
  // So many pages more than now.
  static void leave_room(sqlite3* on, int pages) {
    execute(on, "PRAGMA max_page_count = " + std::to_string(integer_of(on, "PRAGMA page_count") + pages));
  }
  static constexpr const char* work = "INSERT INTO t VALUES (2, zeroblob(200000))";

  std::string rows() { return plain(path_).text("SELECT group_concat(a) FROM t"); }
};

TEST_F(FullSqlite, LeavesNothingOfWorkThatCannotBePrepared) {
  for (const int pages : {0, 10, 30}) {
    database full(path_, {.on_open = [pages](sqlite3* on) { leave_room(on, pages); }});
    const auto work_in_vain = [&] {
      xa_branch branch(full, new_preparation(), soon());
      branch.execute(work);
      (void)branch.prepare();
    };
    EXPECT_THROW(work_in_vain(), vow::error) << pages;
    EXPECT_TRUE(list_prepared(full).empty());
    EXPECT_EQ(rows(), "1");
  }
  EXPECT_EQ(plain(path_).run("INSERT INTO t VALUES (3, 0)"), "") << "nobody holds it";
}

TEST_F(FullSqlite, CommitsWhatWasPreparedOnceThereIsRoom) {
  preparation as;
  {
    database on(path_);
    as = prepare(on, work);
  }
  {
    database full(path_, {.on_open = [](sqlite3* on) { leave_room(on, 3); }});
    EXPECT_THROW(commit_prepared(full, as), vow::error);
    EXPECT_EQ(rows(), "1");
    EXPECT_EQ(list_prepared(full).size(), 1u);
  }
  database on(path_);
  commit_prepared(on, as);
  EXPECT_EQ(rows(), "1,2");
}

}  // namespace
}  // namespace vow::sqlite
