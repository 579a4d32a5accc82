// What `vow doctor` says of a server.
#include "vow/postgres/check.h"

#include "tests/sdk/postgres/fixture.h"

namespace vow::postgres {
namespace {

using ::testing::HasSubstr;
using weight = finding::weight;

class CheckOnPostgres : public OnPostgres {
 protected:
  ~CheckOnPostgres() override { server_.restart(usual()); }
  static testing::PostgresSettings sound() { return {.prepared_max = 100}; }
  [[nodiscard]] std::string found(const options& allowed = {}) const {
    std::string text;
    for (const finding& each : check(connecting(), allowed)) {
      text += (text.empty() ? "" : " ") + each.subject;
      text += each.how_bad == weight::refusal ? "!" : each.how_bad == weight::warning ? "?" : "";
      EXPECT_FALSE(each.remedy.empty());
    }
    return text;
  }
};

TEST_F(CheckOnPostgres, ASoundServerHasNoFindings) {
  server_.restart(sound());
  EXPECT_EQ(found(), "");
  EXPECT_NO_THROW(refuse_if_unfit(check(connecting())));
}

TEST_F(CheckOnPostgres, AServerThatPreparesNothingIsRefusedWithTheRemedy) {
  auto settings = sound();
  settings.prepared_max = 0;
  server_.restart(settings);
  EXPECT_EQ(found(), "max_prepared_transactions!");
  try {
    refuse_if_unfit(check(connecting()));
    ADD_FAILURE();
  } catch (const error& why) {
    EXPECT_EQ(why.code(), "VOW-5110");
    EXPECT_THAT(why.hint(), HasSubstr("max_prepared_transactions = 100"));
    EXPECT_FALSE(why.retryable());
  }
}

TEST_F(CheckOnPostgres, LessRoomThanConnectionsIsAWarning) {
  auto settings = sound();
  settings.prepared_max = 99;
  server_.restart(settings);
  EXPECT_EQ(found(), "max_prepared_transactions?");
}

TEST_F(CheckOnPostgres, AForgetfulServerIsRefusedUnlessAllowed) {
  auto settings = sound();
  settings.fsync = settings.full_page_writes = false;
  server_.restart(settings);
  EXPECT_EQ(found(), "fsync! full_page_writes!");
  EXPECT_EQ(found({.allow_forgetful_server = true}), "fsync? full_page_writes?");
}

TEST_F(CheckOnPostgres, OtherSettingsAreNoted) {
  auto settings = sound();
  settings.others = {{"synchronous_commit", "off"}, {"default_transaction_read_only", "on"}};
  server_.restart(settings);
  EXPECT_EQ(found(), "synchronous_commit read_only!");
}

TEST_F(CheckOnPostgres, ARoleThatCannotSeeWhatIsPreparedIsRefused) {
  server_.restart(sound());
  ask("drop role if exists blind; create role blind login");
  ask("revoke select on pg_catalog.pg_prepared_xacts from public");
  pqxx::connection blind(dsn_ + " options='-c role=blind'");
  const auto all = check(blind);
  ask("grant select on pg_catalog.pg_prepared_xacts to public");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].subject, "pg_prepared_xacts");
  EXPECT_EQ(all[0].how_bad, weight::refusal);
}

TEST_F(CheckOnPostgres, OneServerSessionBehindTwoConnectionsIsAPooler) {
  server_.restart(sound());
  // Such a pooler answers both connections from one session of the server: as if one were both.
  pqxx::connection shared(dsn_);
  const auto all = check(shared, {}, &shared);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].subject, "pooler");
  EXPECT_EQ(all[0].how_bad, weight::refusal);
  EXPECT_EQ(check(shared, {.allow_transaction_pooler = true}, &shared)[0].how_bad, weight::warning);
}

}  // namespace
}  // namespace vow::postgres
