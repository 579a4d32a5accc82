// What each verb asks of a node, and what it makes of the answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/scripted_node.h"
#include "tests/cli/terminal.h"

namespace vow::cli {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string xid = "0000000000000000000000000000000000000001";
const std::string path = "/v1/transactions/" + xid;

std::string transaction(const std::string& state, const std::string& waiting_for,
                        const std::string& branches = "") {
  return R"({"xid":")" + xid + R"(","state":")" + state + R"(","reason":"","waiting_for":")" + waiting_for +
         R"(","begun_ms":1000,"deadline_ms":61000,"branches":[)" + branches + R"(],"forced":[]})";
}

class Verbs : public testing::Test {
 protected:
  Verbs() { node_.lead(); }

  Said say(std::vector<std::string> arguments) {
    return vow_says(std::move(arguments), {{"VOW_AT", node_.address()}});
  }

  ScriptedNode node_;
};

TEST_F(Verbs, ListShowsWhatTransactionsWaitFor) {
  node_.answer(
      "GET", "/v1/transactions?limit=100",
      R"({"node":"1","leading":true,"transactions":[)" + transaction("open", "its initiator") + "]}");
  const Said said = say({"tx", "list"});
  EXPECT_EQ(said.exit, Exit::ok) << said.err;
  EXPECT_THAT(said.out, ContainsRegex(xid + " +open +.* ago +0 +its initiator\n"));
}

TEST_F(Verbs, ListPassesItsFilterOn) {
  node_.answer("GET", "/v1/transactions?limit=5&state=open&resource=a%20b",
               R"({"node":"1","leading":true,"transactions":[]})");
  const Said said = say({"tx", "list", "--state", "open", "--resource", "a b", "--limit", "5"});
  EXPECT_EQ(said.out, "No transaction fits.\n") << said.err;
}

TEST_F(Verbs, AListThatIsNotTheLeadersIsPartial) {
  node_.answer("GET", "/v1/transactions?limit=100", R"({"node":"1","leading":false,"transactions":[]})");
  const Said said = say({"tx", "list"});
  EXPECT_EQ(said.exit, Exit::degraded);
  EXPECT_THAT(said.err, HasSubstr("partial"));
}

TEST_F(Verbs, JsonIsWhatTheNodeSaid) {
  node_.answer("GET", path, transaction("open", "its initiator"));
  EXPECT_THAT(say({"tx", "show", xid, "-o", "json"}).out,
              AllOf(HasSubstr("\"state\": \"open\""), HasSubstr("\"begun_ms\": 1000")));
}

TEST_F(Verbs, ShowSpeaksInSentences) {
  node_.answer("GET", path, transaction("deciding", "a majority of the nodes"));
  const Said said = say({"tx", "show", xid});
  EXPECT_EQ(said.exit, Exit::ok);
  EXPECT_THAT(said.out, HasSubstr("It is waiting for a majority of the nodes.\n"));
}

TEST_F(Verbs, AnUnknownOutcomeIsAnExitOfItsOwn) {
  node_.answer("GET", path, transaction("unknown", ""));
  EXPECT_EQ(say({"tx", "show", xid}).exit, Exit::unknown);
}

TEST_F(Verbs, WhatIsNoXidIsNotAskedFor) {
  const Said said = say({"tx", "show", "42"});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.err, HasSubstr("'42' is no xid"));
  EXPECT_THAT(node_.asked(), IsEmpty());
}

TEST_F(Verbs, AnAnswerWithoutItsMembersIsNotUnderstood) {
  node_.answer("GET", path, R"({"xid":")" + xid + R"("})");
  EXPECT_THAT(say({"tx", "show", xid}).err, AllOf(HasSubstr("VOW-4004"), HasSubstr("\"state\"")));
}

TEST_F(Verbs, WatchEndsWithTheTransaction) {
  node_.answer("GET", path, transaction("committed", ""));
  const Said said = say({"tx", "watch", xid});
  EXPECT_EQ(said.exit, Exit::ok);
  EXPECT_EQ(said.out, "committed\n");
}

TEST_F(Verbs, WatchGivesUpAndSaysWhetherItIsDecided) {
  node_.answer("GET", path, transaction("open", "its initiator"));
  const Said open = say({"tx", "watch", xid, "--for", "500ms", "--every", "1ms"});
  EXPECT_EQ(open.exit, Exit::unknown);
  EXPECT_EQ(open.out, "open: waiting for its initiator\n") << "said again only when it changes";
  EXPECT_THAT(node_.asked().size(), testing::Gt(1u));

  node_.answer("GET", path, transaction("committing", "branch 1"));
  EXPECT_EQ(say({"tx", "watch", xid, "--for", "5ms", "--every", "5ms"}).exit, Exit::degraded);
}

TEST_F(Verbs, AChangeIsRefusedWithoutAReason) {
  const std::vector<std::vector<std::string>> changes{
      {"tx", "retry", xid},
      {"tx", "resolve", xid, "b", "--committed"},
      {"cluster", "remove", "7"},
      {"cluster", "promote", "7"},
      {"cluster", "transfer", "7"},
      {"cluster", "add", "7", "--peer", "a:1", "--client", "a:2", "--http", "a:3"},
      {"tx", "retry", xid, "--reason", "  "}};
  for (const auto& change : changes) {
    const Said said = say(change);
    EXPECT_EQ(said.exit, Exit::error) << change[1];
    EXPECT_THAT(said.err, AllOf(HasSubstr("without a reason"), HasSubstr("VOW-4002"))) << change[1];
  }
  EXPECT_THAT(node_.changes(), IsEmpty());
}

TEST_F(Verbs, RetrySaysWhoAndWhy) {
  node_.answer("POST", path + "/retry", "{}");
  EXPECT_EQ(say({"tx", "retry", xid, "--reason", "disk replaced"}).exit, Exit::ok);
  ASSERT_THAT(node_.changes(), SizeIs(1));
  const Json body = Json::parse(node_.changes()[0].body);
  EXPECT_EQ(body.text("why"), "disk replaced");
  EXPECT_EQ(body.text("who"), who_am_i());
  EXPECT_THAT(who_am_i(), testing::MatchesRegex("[^@]+@[^@]+"));
}

TEST_F(Verbs, ResolveRecordsWhatBecameOfABranch) {
  node_.answer("POST", path + "/branches/b-1/force", "{}");
  EXPECT_EQ(say({"tx", "resolve", xid, "b-1", "--rolled-back", "--reason", "lost"}).exit, Exit::ok);
  EXPECT_FALSE(Json::parse(node_.changes().at(0).body).truth("committed"));
  EXPECT_EQ(say({"tx", "resolve", xid, "b-1", "--committed", "--reason", "booked"}).exit, Exit::ok);
  EXPECT_TRUE(Json::parse(node_.changes().at(1).body).truth("committed"));
}

TEST_F(Verbs, ResolveWantsExactlyOneOutcome) {
  for (const std::vector<std::string>& outcome :
       {std::vector<std::string>{}, {"--committed", "--rolled-back"}}) {
    std::vector<std::string> arguments{"tx", "resolve", xid, "b-1", "--reason", "x"};
    arguments.insert(arguments.end(), outcome.begin(), outcome.end());
    EXPECT_THAT(say(arguments).err, HasSubstr("exactly one of --committed and --rolled-back"));
  }
  EXPECT_THAT(node_.changes(), IsEmpty());
}

// A leader's view of three voters and a learner, of which the second and the learner are heard, or are not.
std::string cluster_of_three(const std::string& second_is_active,
                             const std::string& learner_is_active = "true") {
  return R"({"node":"1","leading":true,"leader":"1","term":4,"committed":120,"applied":120,"snapshot":100,"members":[
    {"node":"1","role":"leader","peer":"a:7401","client":"a:7400","http":"","matched":120,"active":true},
    {"node":"2","role":"follower","peer":"b:7401","client":"b:7400","http":"","matched":90,"active":)" +
         second_is_active + R"(},
    {"node":"3","role":"follower","peer":"c:7401","client":"c:7400","http":"","matched":120,"active":true},
    {"node":"4","role":"learner","peer":"d:7401","client":"d:7400","http":"","matched":null,"active":)" +
         learner_is_active + "}]}";
}

TEST_F(Verbs, StatusShowsMembersAndWhoLeads) {
  node_.answer("GET", "/v1/cluster", cluster_of_three("true"));
  const Said said = say({"cluster", "status"});
  EXPECT_EQ(said.exit, Exit::ok);
  EXPECT_THAT(said.out,
              AllOf(ContainsRegex("2 +follower +b:7401 +b:7400 +30 +yes\n"),
                    HasSubstr("Node 1 leads in term 4. Committed up to entry 120, snapshot at 100.\n")));
}

TEST_F(Verbs, StatusIsDegradedIfAMemberIsNotHeard) {
  node_.answer("GET", "/v1/cluster", cluster_of_three("false"));
  const Said said = say({"cluster", "status"});
  EXPECT_EQ(said.exit, Exit::degraded);
  EXPECT_THAT(said.out, AllOf(HasSubstr("The leader does not hear from member 2, which votes."),
                              HasSubstr("No further member may fail")));
  EXPECT_EQ(say({"cluster", "status", "-o", "json"}).exit, Exit::degraded);
}

TEST_F(Verbs, ALearnerThatIsNotHeardEndangersNothing) {
  node_.answer("GET", "/v1/cluster", cluster_of_three("true", "false"));
  const Said said = say({"cluster", "status"});
  EXPECT_EQ(said.exit, Exit::degraded);
  EXPECT_THAT(said.out, AllOf(HasSubstr("from member 4, which learns."), Not(HasSubstr("may fail"))));
}

TEST_F(Verbs, StatusIsDegradedIfNobodyLeads) {
  for (const char* nobody : {"\"\"", "\"0\"", "null"}) {
    node_.answer("GET", "/v1/cluster",
                 std::string(R"({"node":"1","leading":false,"leader":)") + nobody +
                     R"(,"term":4,"committed":1,"applied":1,"snapshot":0,"members":[]})");
    const Said said = say({"cluster", "status"});
    EXPECT_EQ(said.exit, Exit::degraded) << nobody;
    EXPECT_THAT(said.out, HasSubstr("Nobody leads")) << nobody;
  }
}

TEST_F(Verbs, MembersAreChangedByTheirIds) {
  node_.answer("POST", "/v1/cluster/members", "{}");
  node_.answer("POST", "/v1/cluster/members/18446744073709551615/promote", "{}");
  node_.answer("DELETE", "/v1/cluster/members/7", "{}");
  node_.answer("POST", "/v1/cluster/transfer", "{}");
  EXPECT_EQ(
      say({"cluster", "add", "7", "--peer", "d:1", "--client", "d:2", "--http", "d:3", "--reason", "x"}).exit,
      Exit::ok);
  EXPECT_EQ(say({"cluster", "promote", "18446744073709551615", "--reason", "x"}).exit, Exit::ok);
  EXPECT_EQ(say({"cluster", "remove", "7", "--reason", "x"}).exit, Exit::ok);
  EXPECT_EQ(say({"cluster", "transfer", "7", "--reason", "x"}).exit, Exit::ok);
  ASSERT_THAT(node_.changes(), SizeIs(4));
  const Json added = Json::parse(node_.changes()[0].body);
  EXPECT_EQ(added.text("node"), "7");
  EXPECT_EQ(added.text("peer") + added.text("client") + added.text("http"), "d:1d:2d:3");
  EXPECT_EQ(Json::parse(node_.changes()[2].body).text("why"), "x");
  EXPECT_EQ(Json::parse(node_.changes()[3].body).text("to"), "7");
}

TEST_F(Verbs, WhatIsNoNodeIsNotSent) {
  for (const char* node : {"a", "0", "-1", "18446744073709551616"})
    EXPECT_EQ(say({"cluster", "promote", "--reason", "x", "--", node}).exit, Exit::error) << node;
  EXPECT_EQ(
      say({"cluster", "add", "7", "--peer", "d", "--client", "d:2", "--http", "d:3", "--reason", "x"}).exit,
      Exit::error);
  EXPECT_THAT(node_.changes(), IsEmpty());
}

class Participants : public Verbs {
 protected:
  void serve(const std::string& instances, const std::string& backlog, const std::string& failing) {
    node_.answer("GET", "/v1/resources",
                 R"({"resources":[{"resource":"payments-db","instances":)" + instances + R"(,"backlog":)" +
                     backlog + R"(,"failing":)" + failing + R"(,"oldest_ms":2500,"done":77}]})");
    node_.answer("GET", "/v1/sessions", R"({"sessions":[{"session":5,"process":"payments@host","silent_ms":30,
      "polling":true,"serves":[{"resource":"payments-db","weight":1}],"in_flight":2,"queued":0}]})");
  }
};

TEST_F(Participants, AreShownByResourceAndProcess) {
  serve("1", "3", "0");
  const Said said = say({"participants"});
  EXPECT_EQ(said.exit, Exit::ok) << said.err;
  EXPECT_THAT(said.out, AllOf(ContainsRegex("payments-db +1 +3 +0 +2.5s +77\n"),
                              ContainsRegex("5 +payments@host +payments-db +yes +30ms +2 +0\n")));
}

TEST_F(Participants, ThatFailOrAreMissingNeedAttention) {
  serve("0", "3", "0");
  EXPECT_EQ(say({"participants"}).exit, Exit::degraded);
  EXPECT_THAT(say({"participants"}).out,
              HasSubstr("3 commands wait for payments-db, and no process serves it."));
  serve("1", "3", "2");
  EXPECT_THAT(say({"participants"}).out, HasSubstr("2 commands for payments-db failed"));
  EXPECT_THAT(say({"participants", "-o", "json"}).out,
              AllOf(HasSubstr("\"resources\""), HasSubstr("\"sessions\"")));
}

TEST_F(Verbs, CheckPerfMeasuresAndSaysWhatToExpect) {
  node_.answer("GET", "/livez", "{}");
  const Said said = say({"check", "perf", "--for", "20ms", "--data", "/tmp"});
  EXPECT_THAT(said.out, AllOf(ContainsRegex("write and sync 4 KiB in /tmp +[0-9]+ +[0-9]+ +[0-9]+\n"),
                              ContainsRegex("round trip over loopback +[0-9]+ +[0-9]+ +[0-9]+\n"),
                              ContainsRegex("round trip to the node at 127.0.0.1:[0-9]+ +[0-9]+"),
                              HasSubstr("transactions a second")))
      << said.err;
}

TEST_F(Verbs, CheckPerfNeedsADirectoryAndNoNode) {
  EXPECT_THAT(say({"check", "perf", "--for", "5ms", "--data", "/no/such"}).err, HasSubstr("No such file"));
  const Said alone = vow_says({"check", "perf", "--for", "5ms", "--data", "/tmp", "--at", "127.0.0.1:1"});
  EXPECT_THAT(alone.out,
              AllOf(HasSubstr("No node answers at 127.0.0.1:1"), Not(HasSubstr("round trip to the node"))));
}

}  // namespace
}  // namespace vow::cli
