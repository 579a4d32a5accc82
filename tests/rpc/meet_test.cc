// What a node does with what the other initial members tell it. meet_schedules_test.cc says what follows when
// nodes crash, are wiped, and hear late.
#include "coordinator/rpc/meet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow::rpc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const PeerList abc = {"a:7401", "b:7401", "c:7401"};
const NodeId a(0xa1);
const NodeId b(0xb1);
const NodeId c(0xc1);
const std::map<std::string, NodeId> all_seen = {{"a:7401", a}, {"b:7401", b}, {"c:7401", c}};
const std::map<NodeId, std::string> all_members = {{a, "a:7401"}, {b, "b:7401"}, {c, "c:7401"}};
const FormedCell their_cell = {identity_of({a, b, c}), all_members};

MeetAnswer says(NodeId node, std::map<std::string, NodeId> seen = {}, const PeerList& initial = abc) {
  return {.node = node, .process = node.value(), .initial = initial, .seen = std::move(seen), .formed = {}};
}
MeetAnswer says_formed(NodeId node, const FormedCell& cell) {
  return {.node = node, .process = node.value(), .initial = {}, .seen = {}, .formed = cell};
}

// Node a, which has heard itself.
Meet node_a() {
  Meet meet(a, a.value(), abc);
  meet.heard("a:7401", meet.answer());
  return meet;
}

std::string waits_for(const Meet& meet) {
  const MeetStep step = meet.step();
  const auto* keep = std::get_if<KeepAsking>(&step);
  return keep != nullptr ? keep->waiting_for : "(nothing)";
}
std::string refusal(const Meet& meet) {
  const MeetStep step = meet.step();
  const auto* refuse = std::get_if<RefuseToMeet>(&step);
  return refuse != nullptr ? refuse->why : "(no refusal)";
}
std::optional<BeginCell> begins(const Meet& meet) {
  const MeetStep step = meet.step();
  const auto* begin = std::get_if<BeginCell>(&step);
  return begin != nullptr ? std::optional(*begin) : std::nullopt;
}

TEST(Meet, WaitsUntilEveryListedMemberHasAnswered) {
  Meet meet = node_a();
  EXPECT_EQ(waits_for(meet), "b:7401 and c:7401 to answer");
  meet.heard("c:7401", says(c));
  EXPECT_EQ(waits_for(meet), "b:7401 to answer");
}

TEST(Meet, WaitsUntilEveryMemberSeesWhatItSees) {
  Meet meet = node_a();
  meet.heard("b:7401", says(b, all_seen));
  meet.heard("c:7401", says(c, {{"a:7401", a}, {"c:7401", c}}));
  EXPECT_EQ(waits_for(meet), "c:7401 to hear from all others");
  meet.heard("c:7401", says(c, {{"a:7401", a}, {"b:7401", NodeId(0xb0)}, {"c:7401", c}}));
  EXPECT_EQ(waits_for(meet), "c:7401 to hear from all others") << "it sees a node that is lost";
}

TEST(Meet, FoundsTheCellOnceAllSeeTheSame) {
  Meet meet = node_a();
  meet.heard("b:7401", says(b, all_seen));
  meet.heard("c:7401", says(c, all_seen));
  const auto begin = begins(meet);
  ASSERT_TRUE(begin);
  EXPECT_EQ(begin->cell, their_cell);
  EXPECT_TRUE(begin->with_first_members);
}

TEST(Meet, TellsOthersWhatItSees) {
  Meet meet = node_a();
  meet.heard("b:7401", says(b));
  const std::map<std::string, NodeId> seen = {{"a:7401", a}, {"b:7401", b}};
  EXPECT_EQ(meet.answer(), says(a, seen));
}

TEST(Meet, HasANewViewWhenAMemberComesBackWithoutItsDisk) {
  Meet meet = node_a();
  meet.heard("c:7401", says(c, all_seen));
  meet.heard("b:7401", says(NodeId(0xb2), all_seen));
  EXPECT_EQ(waits_for(meet), "b:7401 and c:7401 to hear from all others");
}

TEST(Meet, TheIdentityFollowsFromTheMembersAndIsNeverZero) {
  EXPECT_EQ(identity_of({a, b, c}), identity_of({c, b, a}));
  EXPECT_NE(identity_of({a, b, c}).cell, identity_of({a, b}).cell);
  for (std::uint64_t id = 1; id < 10'000; ++id) {
    const CellIdentity identity = identity_of({NodeId(id)});
    EXPECT_NE(identity.cell, 0U);
    EXPECT_GT(identity.incarnation, 0U);
    EXPECT_LT(identity.incarnation, 1U << 24);
  }
}

TEST(Meet, AMemberAloneFoundsItsCellAtOnce) {
  const auto alone = begins(Meet(a, 1, {"a:7401"}));
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->cell, (FormedCell{identity_of({a}), {{a, "a:7401"}}}));
  const auto without_list = begins(Meet(a, 1, {}));
  ASSERT_TRUE(without_list);
  EXPECT_EQ(without_list->cell, (FormedCell{identity_of({a}), {{a, ""}}}));
}

TEST(Meet, BeginsAsItIsToldByAMemberThatHasTheCell) {
  Meet meet = node_a();
  meet.heard("b:7401", says_formed(b, their_cell));
  const auto begin = begins(meet);
  ASSERT_TRUE(begin);
  EXPECT_EQ(begin->cell, their_cell);
  EXPECT_TRUE(begin->with_first_members);
}

TEST(Meet, LearnsTheMembersWhenTheyAreNoLongerTheFirstOnes) {
  Meet meet = node_a();
  FormedCell grown = their_cell;
  grown.members.emplace(NodeId(0xd1), "d:7401");
  meet.heard("b:7401", says_formed(b, grown));
  const auto begin = begins(meet);
  ASSERT_TRUE(begin);
  EXPECT_EQ(begin->cell, grown);
  EXPECT_FALSE(begin->with_first_members);
}

TEST(Meet, RefusesACellThatWasFoundedWithoutIt) {
  Meet meet(NodeId(0xa2), 1, abc);
  meet.heard("a:7401", meet.answer());
  meet.heard("b:7401", says_formed(b, their_cell));
  EXPECT_THAT(refusal(meet),
              AllOf(HasSubstr("b:7401 is a member of cell"), HasSubstr("founded without this node (id 162)"),
                    HasSubstr("this node's disk is new"), HasSubstr("`vow cluster remove 161`"),
                    HasSubstr("`vow cluster add 162 a:7401`")));
}

TEST(Meet, RefusesMembersOfDifferentCells) {
  Meet meet = node_a();
  meet.heard("b:7401", says_formed(b, their_cell));
  meet.heard("c:7401", says_formed(c, {identity_of({a, c}), {{a, "a:7401"}, {c, "c:7401"}}}));
  EXPECT_THAT(refusal(meet),
              AllOf(HasSubstr("b:7401"), HasSubstr("c:7401"), HasSubstr("not founded together")));
}

TEST(Meet, RefusesListsThatDifferAndNamesBoth) {
  Meet meet = node_a();
  meet.heard("b:7401", says(b, {}, {"a:7401", "b:7401", "d:7401"}));
  EXPECT_THAT(refusal(meet),
              AllOf(HasSubstr("a:7401, b:7401, c:7401 here"), HasSubstr("a:7401, b:7401, d:7401 at b:7401")));
}

TEST(Meet, RefusesToFoundWithANodeThatWaitsToBeAdded) {
  Meet meet = node_a();
  meet.heard("b:7401", says(b, {}, {}));
  EXPECT_THAT(refusal(meet), HasSubstr("b:7401 waits to be added to a cell (cluster.join = true)"));
}

TEST(Meet, RefusesTwoNodesWithOneId) {
  Meet meet = node_a();
  meet.heard("b:7401", says(b));
  MeetAnswer copy = says(b);
  copy.process = 77;
  meet.heard("c:7401", copy);
  EXPECT_THAT(refusal(meet), AllOf(HasSubstr("b:7401 and c:7401 are two nodes with one id"),
                                   HasSubstr("copy of the other's")));

  Meet other(a, a.value(), abc);
  MeetAnswer copy_of_me = says(a);
  copy_of_me.process = 77;
  other.heard("c:7401", copy_of_me);
  EXPECT_THAT(refusal(other), HasSubstr("two nodes with one id"));
}

TEST(Meet, RefusesTwoNamesOfOneNode) {
  Meet meet = node_a();
  meet.heard("b:7401", says(b));
  meet.heard("c:7401", says(b));
  EXPECT_THAT(refusal(meet), HasSubstr("b:7401 and c:7401 lead to the same node"));
}

TEST(Meet, RefusesAListWithoutItself) {
  Meet meet(NodeId(0xd1), 1, abc);
  meet.heard("a:7401", says(a));
  meet.heard("b:7401", says(b));
  EXPECT_EQ(waits_for(meet), "c:7401 to answer");
  meet.heard("c:7401", says(c));
  EXPECT_THAT(refusal(meet), HasSubstr("none of the addresses in cluster.initial"));
}

}  // namespace
}  // namespace vow::rpc
