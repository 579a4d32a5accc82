// What `vow doctor` says of a server.
#include "vow/postgres/check.h"

#include "tests/sdk/postgres/fixture.h"

namespace vow::postgres {
namespace {

using ::testing::HasSubstr;
class CheckOnPostgres : public OnPostgres {
 protected:
  ~CheckOnPostgres() override { server_.restart(usual()); }
  static testing::PostgresSettings sound() { return {.prepared_max = 100}; }
  [[nodiscard]] std::string found(const options& allowed = {}) const {
    std::string text;
    for (const finding& each : check(connecting(), allowed)) {
      text += (text.empty() ? "" : " ") + each.code;
      text += each.how == severity::blocks ? "!" : each.how == severity::warns ? "?" : "";
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
  EXPECT_EQ(found(), "VOW-5114!");
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
  EXPECT_EQ(found(), "VOW-5114?");
}

TEST_F(CheckOnPostgres, AForgetfulServerIsRefusedUnlessAllowed) {
  auto settings = sound();
  settings.fsync = settings.full_page_writes = false;
  server_.restart(settings);
  EXPECT_EQ(found(), "VOW-5116! VOW-5117!");
  EXPECT_EQ(found({.allow_forgetful_server = true}), "VOW-5116? VOW-5117?");
}

TEST_F(CheckOnPostgres, OtherSettingsAreNoted) {
  auto settings = sound();
  settings.others = {{"synchronous_commit", "off"}, {"default_transaction_read_only", "on"}};
  server_.restart(settings);
  EXPECT_EQ(found(), "VOW-5118 VOW-5120!");
}

TEST_F(CheckOnPostgres, ARoleThatCannotSeeWhatIsPreparedIsRefused) {
  server_.restart(sound());
  ask("drop role if exists blind; create role blind login");
  ask("revoke select on pg_catalog.pg_prepared_xacts from public");
  pqxx::connection blind(dsn_ + " options='-c role=blind'");
  const auto all = check(blind);
  ask("grant select on pg_catalog.pg_prepared_xacts to public");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].code, "VOW-5115");
  EXPECT_EQ(all[0].how, severity::blocks);
}

TEST_F(CheckOnPostgres, OneServerSessionBehindTwoConnectionsIsAPooler) {
  server_.restart(sound());
  // Such a pooler answers both connections from one session of the server: as if one were both.
  pqxx::connection shared(dsn_);
  const auto all = check(shared, {}, &shared);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].code, "VOW-5121");
  EXPECT_EQ(all[0].how, severity::blocks);
  EXPECT_EQ(check(shared, {.allow_transaction_pooler = true}, &shared)[0].how, severity::warns);
}

class ExamineOnPostgres : public OnPostgres {
 protected:
  [[nodiscard]] static std::vector<std::string> found_by(const std::string& dsn) {
    std::vector<std::string> all;
    for (const finding& each :
         examine([&] { return std::make_unique<pqxx::connection>(dsn); }, {.allow_forgetful_server = true})) {
      if (each.code == "VOW-5112" || each.code == "VOW-5122")
        all.push_back(each.code + (each.how == severity::blocks  ? "!"
                                   : each.how == severity::warns ? "?"
                                                                 : ""));
    }
    return all;
  }
  [[nodiscard]] std::string as(const std::string& role) const {
    return dsn_ + " options='-c role=" + role + "'";
  }
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(ExamineOnPostgres, ATableThatIsMissingIsWorthKnowing) {
  EXPECT_THAT(found_by(dsn_), ElementsAre("VOW-5122"));
  record_book(on()).make();
  EXPECT_THAT(found_by(dsn_), IsEmpty());
}

TEST_F(ExamineOnPostgres, RightsOnTheTableAreThoseOfTheRole) {
  ask("drop role if exists clerk; create role clerk login");
  EXPECT_THAT(found_by(as("clerk")), ElementsAre("VOW-5122?")) << "it may not make one";
  record_book(on()).make();
  ask("grant select, insert, update on vow_branch to clerk");
  EXPECT_THAT(found_by(as("clerk")), ElementsAre("VOW-5122!")) << "it may not delete";
  ask("grant select, insert, update, delete on vow_branch to clerk");
  EXPECT_THAT(found_by(as("clerk")), IsEmpty());
}

TEST_F(ExamineOnPostgres, ATableOfAnotherProgramBlocks) {
  ask("create table vow_branch (id int)");
  EXPECT_THAT(found_by(dsn_), ElementsAre("VOW-5122!"));
}

TEST_F(ExamineOnPostgres, WhatAnotherRoleHasPreparedIsFound) {
  ask("drop role if exists other; create role other login");
  record_book(on()).make();
  ask("grant select, insert, update, delete on vow_branch to other");
  const auto branch = prepare(preparation_of("a"), 1, 2);
  EXPECT_THAT(found_by(as("other")), ElementsAre("VOW-5112?"));
  EXPECT_THAT(found_by(dsn_), IsEmpty());
  branch->rollback();
  EXPECT_THAT(found_by(as("other")), IsEmpty());
}

}  // namespace
}  // namespace vow::postgres
