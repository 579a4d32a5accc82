// How nodes are asked: in turn, following the leader, and never twice for what may have happened.
#include "coordinator/cli/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/scripted_node.h"

namespace vow::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* path = "/v1/things";

Client client_of(const std::string& at,
                 std::chrono::milliseconds answer_max = std::chrono::milliseconds(20'000)) {
  return Client(Client::Options{*parse_endpoints(at), std::chrono::milliseconds(2'000), answer_max});
}

// An address at which nobody listens any more.
std::string dead_address() { return ScriptedNode().address(); }

JsonObject body() {
  JsonObject object = json_object();
  object.set("why", "a test");
  return object;
}

// What a failing call complains of, and how the command exits.
template <class Call>
CommandFailed failure_of(const Call& call) {
  try {
    static_cast<void>(call());
  } catch (const CommandFailed& failed) {
    return failed;
  }
  ADD_FAILURE() << "it should have failed";
  return CommandFailed({});
}

TEST(Client, TriesAddressesInTurn) {
  ScriptedNode node;
  node.answer("GET", path, R"({"x":"1"})");
  const Answered answered = client_of(dead_address() + "," + node.address()).get("cannot look", path);
  EXPECT_EQ(answered.json.text("x"), "1");
  EXPECT_EQ(to_string(answered.by), node.address());
}

TEST(Client, ComplainsOnceNobodyAnswers) {
  const std::string at = dead_address();
  const CommandFailed failed = failure_of([&] { return client_of(at).get("cannot look", path); });
  EXPECT_EQ(failed.exit(), Exit::error);
  EXPECT_EQ(failed.complaint().code, "VOW-4001");
  EXPECT_THAT(failed.what(), HasSubstr("cannot look"));
  EXPECT_THAT(failed.what(), HasSubstr(at));
}

TEST(Client, FollowsToTheLeader) {
  ScriptedNode follower;
  ScriptedNode leader;
  leader.answer("POST", path, R"({"x":"1"})");
  follower.answer("POST", path, R"({"code":"ask_leader","what":"","leader":")" + leader.address() + R"("})",
                  421);
  const Answered answered = client_of(follower.address()).send("cannot change", "POST", path, body());
  EXPECT_EQ(to_string(answered.by), leader.address());
  EXPECT_EQ(leader.asked().at(0).body, R"({"why":"a test"})");
}

TEST(Client, FollowsTwiceAndNoMore) {
  ScriptedNode node;
  node.answer("GET", path, R"({"code":"ask_leader","what":"no","leader":")" + node.address() + R"("})", 421);
  const CommandFailed failed = failure_of([&] { return client_of(node.address()).get("cannot look", path); });
  EXPECT_EQ(failed.complaint().code, "VOW-3001");
  EXPECT_THAT(node.asked(), SizeIs(3));
}

TEST(Client, PassesOverANodeThatIsNotReady) {
  ScriptedNode starting;
  ScriptedNode node;
  starting.answer("POST", path, R"({"code":"not_ready","what":"nobody leads"})", 503);
  node.answer("POST", path, "{}");
  EXPECT_EQ(
      to_string(client_of(starting.address() + "," + node.address()).send("cannot", "POST", path, body()).by),
      node.address());
  const CommandFailed failed =
      failure_of([&] { return client_of(starting.address()).send("cannot change", "POST", path, body()); });
  EXPECT_EQ(failed.complaint().why, "nobody leads");
  EXPECT_EQ(failed.complaint().code, "VOW-3002");
  EXPECT_EQ(failed.exit(), Exit::error);
}

TEST(Client, TakesARefusalAsFinal) {
  ScriptedNode node;
  ScriptedNode other;
  node.answer("POST", path, R"({"code":"invalid","what":"no such branch"})", 400);
  const CommandFailed failed = failure_of([&] {
    return client_of(node.address() + "," + other.address()).send("cannot change", "POST", path, body());
  });
  EXPECT_EQ(failed.complaint().why, "no such branch");
  EXPECT_EQ(failed.complaint().code, "VOW-3004");
  EXPECT_THAT(other.asked(), IsEmpty());
}

TEST(Client, ReportsAnUnknownOutcomeAsUnknown) {
  ScriptedNode node;
  node.answer("POST", path, R"({"code":"unknown","what":"the leader lost its place"})", 500);
  EXPECT_EQ(failure_of([&] { return client_of(node.address()).send("cannot", "POST", path, body()); }).exit(),
            Exit::unknown);
}

TEST(Client, NeverRepeatsAChangeWhoseAnswerIsLost) {
  ScriptedNode node;
  ScriptedNode other;
  node.hang_up_on("POST", path);
  other.answer("POST", path, "{}");
  const CommandFailed failed = failure_of([&] {
    return client_of(node.address() + "," + other.address()).send("cannot change", "POST", path, body());
  });
  EXPECT_EQ(failed.exit(), Exit::unknown);
  EXPECT_EQ(failed.complaint().code, "VOW-4003");
  EXPECT_THAT(node.asked(), SizeIs(1));
  EXPECT_THAT(other.asked(), IsEmpty());
}

TEST(Client, RepeatsAQuestionWhoseAnswerIsLost) {
  ScriptedNode node;
  ScriptedNode other;
  node.hang_up_on("GET", path);
  other.answer("GET", path, "{}");
  EXPECT_EQ(to_string(client_of(node.address() + "," + other.address()).get("cannot look", path).by),
            other.address());
}

TEST(Client, DoesNotWaitForEver) {
  // It takes the connection and says nothing.
  Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
  const CommandFailed failed = failure_of([&] {
    return client_of(silent.address().toString(), std::chrono::milliseconds(50))
        .send("cannot", "POST", path, body());
  });
  EXPECT_EQ(failed.exit(), Exit::unknown);
}

TEST(Client, SaysWhenAnAnswerIsNone) {
  ScriptedNode node;
  node.answer("GET", path, "<html>");
  EXPECT_EQ(failure_of([&] { return client_of(node.address()).get("cannot look", path); }).complaint().code,
            "VOW-4004");
  node.answer("GET", path, "<html>", 502);
  EXPECT_THAT(failure_of([&] { return client_of(node.address()).get("cannot look", path); }).complaint().why,
              HasSubstr("502"));
}

TEST(Client, AsksTheLeaderThatAFollowerNames) {
  ScriptedNode leader;
  ScriptedNode follower;
  leader.answer("GET", path, "{}");
  follower.answer("GET", path, "{}");
  follower.answer("GET", "/v1/cluster",
                  R"({"leader":"7","members":[{"node":"3","http":""},{"node":"7","http":")" +
                      leader.address() + R"("}]})");
  EXPECT_EQ(to_string(client_of(follower.address()).get_from_leader("cannot look", path).by),
            leader.address());
}

TEST(Client, AsksAFollowerIfTheLeaderIsGone) {
  ScriptedNode follower;
  follower.answer("GET", path, "{}");
  follower.answer("GET", "/v1/cluster",
                  R"({"leader":"7","members":[{"node":"7","http":")" + dead_address() + R"("}]})");
  EXPECT_EQ(to_string(client_of(follower.address()).get_from_leader("cannot look", path).by),
            follower.address());
}

TEST(Client, EscapesWhatGoesIntoAPath) { EXPECT_EQ(escaped("a/b?c d&e"), "a%2Fb%3Fc%20d%26e"); }

}  // namespace
}  // namespace vow::cli
