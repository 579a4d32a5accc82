// What is said of databases, in words; and of the table vow_branch.
#include "vow/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vow/record_check.h"

namespace vow {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Doctor, SaysTheGravestFirst) {
  EXPECT_EQ(to_text({{severity::tells, "VOW-1", "it rains", "take a coat"},
                     {severity::blocks, "VOW-2", "the door is locked", "unlock it"},
                     {severity::warns, "VOW-3", "it is late", "hurry"}}),
            "blocks VOW-2: the door is locked\n    unlock it\n"
            "warns VOW-3: it is late\n    hurry\n"
            "tells VOW-1: it rains\n    take a coat\n");
}

TEST(Doctor, SaysThatAllIsWell) { EXPECT_EQ(to_text({}), "nothing stands in the way\n"); }

record::table_facts sound() {
  return {
      .exists = true,
      .columns = {"xid", "branch", "nonce", "kind", "action", "state", "payload", "created_at", "deadline"},
      .statement = "create table vow_branch (...)"};
}
auto is(severity how, const std::string& what, const std::string& remedy) {
  return ElementsAre(AllOf(Field(&finding::how, how), Field(&finding::code, "VOW-5122"),
                           Field(&finding::what, HasSubstr(what)),
                           Field(&finding::remedy, HasSubstr(remedy))));
}

TEST(TableCheck, FindsNothingWrongWithOneThatFits) {
  EXPECT_THAT(record::check_table(sound(), "VOW-5122"), IsEmpty());
}

TEST(TableCheck, AMissingTableIsMadeByWhoNeedsIt) {
  auto seen = sound();
  seen.exists = false;
  seen.columns = {};
  EXPECT_THAT(record::check_table(seen, "VOW-5122"),
              is(severity::tells, "no table", "create table vow_branch"));
  seen.statement = {};
  EXPECT_THAT(record::check_table(seen, "VOW-5122"), is(severity::tells, "no table", "vow doctor --fix"));
}

TEST(TableCheck, UnlessItMayNot) {
  auto seen = sound();
  seen.exists = seen.may_be_made = false;
  EXPECT_THAT(record::check_table(seen, "VOW-5122"), is(severity::warns, "may not make it", "create table"));
}

TEST(TableCheck, OneThatLacksColumnsIsAnothers) {
  auto seen = sound();
  seen.columns = {"id", "branch"};
  EXPECT_THAT(record::check_table(seen, "VOW-5122"),
              is(severity::blocks, "no xid, nonce, kind", "rename it"));
}

TEST(TableCheck, OneThatMayNotBeUsedBlocks) {
  auto seen = sound();
  seen.may_be_used = false;
  EXPECT_THAT(record::check_table(seen, "VOW-5122"), is(severity::blocks, "may not read and write", "grant"));
}

}  // namespace
}  // namespace vow
