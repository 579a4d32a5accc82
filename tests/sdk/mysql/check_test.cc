// What is found about servers that cannot keep a vow, and what recovery sees.
#include "vow/mysql/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/mysql/cutting_proxy.h"
#include "tests/sdk/mysql/fixture.h"

#include "vow/mysql.h"
#include "vow/mysql/recovery.h"

namespace vow::mysql {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> codes(const std::vector<finding>& found) {
  std::vector<std::string> all;
  for (const finding& each : found) all.push_back(each.code);
  return all;
}

const detail::settings sound = {
    {"innodb_flush_log_at_trx_commit", "1"}, {"log_bin", "OFF"},   {"sync_binlog", "0"},
    {"default_storage_engine", "InnoDB"},    {"read_only", "OFF"}, {"wsrep_on", "OFF"}};
constexpr const char* recent = "10.11.19-MariaDB-0+deb12u1";

std::vector<std::string> judged(const std::string& name, const std::string& value) {
  detail::settings changed = sound;
  changed[name] = value;
  return codes(detail::judge(changed, recent));
}

class Check : public OnSharedServer {};

TEST_F(Check, FindsNothingOnASoundServer) {
  EXPECT_THAT(codes(check(database_.connect().get())), IsEmpty());
  refuse_unusable(check(database_.connect().get()), {}, "db");
}

TEST_F(Check, FindsTablesThatCannotBeRolledBack) {
  database_.sql("CREATE TABLE notes (k INT) ENGINE=MyISAM");
  const auto found = check(database_.connect().get());
  ASSERT_THAT(codes(found), ElementsAre("VOW-5136"));
  EXPECT_THAT(found[0].what, HasSubstr("notes (MyISAM)"));
  refuse_unusable(found, {}, "db");
}

TEST_F(Check, FindsThatTheUserMayNotSeeWhatIsReadOnly) {
  database_.sql("CREATE OR REPLACE USER clerk");
  database_.sql("GRANT ALL ON *.* TO clerk");
  database_.sql("REVOKE PROCESS ON *.* FROM clerk");
  parameters where = database_.where();
  where.user = "clerk";
  const connection clerk(connect_to(where)());
  EXPECT_THAT(codes(check(clerk.get())), ElementsAre("VOW-5139"));
  const auto pool = std::make_shared<mysql::pool>(connect_to(where), options{.accept = {}});
  const start begun = begin(pool, new_preparation());
  EXPECT_EQ(run(begun.branch->get(), "SELECT * FROM accounts").size(), 3u);
  EXPECT_EQ(begun.branch->prepare(), ballot::prepared);
  begun.branch->rollback();
}

TEST(CheckOfAServer, RefusesOneThatLosesCommitsUnlessThatIsAccepted) {
  vow::testing::MariadbServer server(
      {.innodb_flush_log_at_trx_commit = 2, .arguments = {"--log-bin=log", "--default-storage-engine=Aria"}});
  const Database database(server);
  const auto found = check(database.connect().get());
  EXPECT_THAT(codes(found), ElementsAre("VOW-5132", "VOW-5134", "VOW-5135"));
  const error why = error_of([&] { refuse_unusable(found, {}, "orders-db"); });
  EXPECT_EQ(why.code(), "VOW-5132");
  EXPECT_THAT(why.what(), HasSubstr("orders-db"));
  refuse_unusable(found, {.accept = {"VOW-5132"}}, "orders-db");
}

TEST(CheckOfAServer, KnowsWhichSettingsAndVersionsMakeVotesWorthless) {
  EXPECT_THAT(codes(detail::judge(sound, recent)), IsEmpty());
  EXPECT_THAT(judged("wsrep_on", "ON"), ElementsAre("VOW-5131"));
  EXPECT_THAT(judged("innodb_flush_log_at_trx_commit", "0"), ElementsAre("VOW-5132"));
  EXPECT_THAT(judged("read_only", "ON"), ElementsAre("VOW-5133"));
  EXPECT_THAT(judged("super_read_only", "1"), ElementsAre("VOW-5133"));
  EXPECT_THAT(judged("log_bin", "ON"), ElementsAre("VOW-5134"));
  EXPECT_THAT(judged("default_storage_engine", "MyISAM"), ElementsAre("VOW-5135"));
  for (const char* old : {"10.4.34-MariaDB", "5.5.68-MariaDB", "5.7.6", "5.6.51-log"}) {
    EXPECT_THAT(codes(detail::judge(sound, old)), ElementsAre("VOW-5130")) << old;
  }
  for (const char* kept : {"10.5.0-MariaDB-1", "11.4.2-MariaDB", "5.7.7", "8.0.36", "8.4.0"}) {
    EXPECT_THAT(codes(detail::judge(sound, kept)), IsEmpty()) << kept;
  }
}

class Recovery : public OnSharedServer {};

TEST_F(Recovery, OneInstanceOfAResourceIsAtItAtATime) {
  auto& pool = *database_.connections();
  int ran = 0;
  EXPECT_TRUE(run_alone(pool, "orders", [&] {
    ++ran;
    EXPECT_FALSE(run_alone(pool, "orders", [&] { ++ran; }));
    EXPECT_TRUE(run_alone(pool, "payments", [&] { ++ran; }));
  }));
  EXPECT_EQ(ran, 2);
  EXPECT_TRUE(run_alone(pool, "orders", [&] { ++ran; }));
  EXPECT_THROW((void)run_alone(pool, "orders", [] { throw std::runtime_error("mine"); }), std::runtime_error);
  EXPECT_TRUE(run_alone(pool, "orders", [&] { ++ran; }));
  EXPECT_EQ(ran, 4);
}

TEST(Sightings, AreAsOldAsTheyAreKnown) {
  sightings seen;
  const preparation one = new_preparation();
  const preparation other = new_preparation();
  const sightings::instant now{};
  EXPECT_EQ(seen.see({one}, now).at(0).age, 0ms);
  const auto second = seen.see({one, other}, now + 3s);
  EXPECT_EQ(second.at(0).which, one);
  EXPECT_EQ(second.at(0).age, 3s);
  EXPECT_EQ(second.at(1).age, 0ms);
  EXPECT_THAT(seen.see({}, now + 4s), IsEmpty());
  EXPECT_EQ(seen.see({one}, now + 5s).at(0).age, 0ms) << "it was forgotten";
}

}  // namespace
}  // namespace vow::mysql
