#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/front.h"

namespace vow::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string xid = to_string(FakeCoordinator::some_xid());
constexpr std::string_view word = R"({"who":"ann","why":"disk lost"})";

struct Act {
  std::string method;
  std::string path;
  std::string body;
  std::string heard;
};
const std::vector<Act>& acts() {
  static const std::vector<Act> all{
      {"POST", transaction("/retry"), R"({"who":"ann","why":"disk lost"})", "retry " + xid},
      {"POST", transaction("/branches/a-1/force"), R"({"committed":true,"who":"ann","why":"disk lost"})",
       "force " + xid + " a-1 committed=true ann: disk lost"},
      {"POST", "/v1/cluster/members",
       R"({"node":"18446744073709551615","peer":"h:1","client":"[::1]:2","who":"ann","why":"disk lost"})",
       "add 18446744073709551615 peer=h:1 client=[::1]:2 http="},
      {"POST", "/v1/cluster/members/43/promote", std::string(word), "promote 43"},
      {"DELETE", "/v1/cluster/members/43", std::string(word), "remove 43"},
      {"POST", "/v1/cluster/transfer", R"({"to":"43","who":"ann","why":"disk lost"})", "transfer 43"},
  };
  return all;
}

TEST(Operators, ActsReachTheCoordinatorAndAreReported) {
  for (const Act& act : acts()) {
    Options options = test_options();
    std::vector<std::string> reported;
    options.on_operator_act = [&](const OperatorAct& done) {
      reported.push_back(done.what + " " + done.word.who + " " + done.word.why + " " +
                         std::to_string(done.status));
    };
    Front front(options);
    const Reply reply = call(front.port(), act.method, act.path, act.body);
    EXPECT_EQ(reply.body, "{}\n") << act.heard;
    front.with(
        [&](const FakeCoordinator& coordinator) { EXPECT_THAT(coordinator.acts, ElementsAre(act.heard)); });
    front.stop();
    EXPECT_THAT(reported, ElementsAre(act.method + " " + act.path + " ann disk lost 200"));
  }
}

TEST(Operators, SayWhoTheyAreAndWhy) {
  Front front;
  for (const Act& act : acts()) {
    for (const std::string_view without : {R"("who":"ann")", R"("why":"disk lost")"}) {
      std::string body = act.body;
      body.replace(body.find(without), without.size(), R"("who":"")");
      const Reply reply = call(front.port(), act.method, act.path, body);
      EXPECT_EQ(reply.status, 400) << act.heard;
      EXPECT_THAT(reply.problem(), HasSubstr("invalid: "));
    }
    EXPECT_EQ(call(front.port(), act.method, act.path).status, 400) << act.heard;
  }
  front.with([](const FakeCoordinator& coordinator) { EXPECT_THAT(coordinator.acts, ElementsAre()); });
}

TEST(Operators, AreToldWhatDidNotComeOfIt) {
  Front front;
  front.with([](FakeCoordinator& coordinator) {
    coordinator.act_answer = Failure{
        dispatch::Problem{.code = dispatch::Problem::Code::not_found, .what = "no such thing", .leader = {}}};
  });
  for (const Act& act : acts()) {
    const Reply reply = call(front.port(), act.method, act.path, act.body);
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.problem(), "not_found: no such thing");
  }
}

TEST(Cluster, IsShownAsItsLeaderSeesIt) {
  Front front;
  EXPECT_EQ(
      front.get("/v1/cluster").body,
      R"({"node":"18000000000000000001","leading":true,"leader":"18000000000000000001","term":1,"committed":1,)"
      R"("applied":1,"snapshot":0,"members":[)"
      R"({"node":"43","role":"learner","peer":"10.0.0.2:7401","client":"10.0.0.2:7400",)"
      R"("http":"10.0.0.2:7480","matched":0,"active":false},)"
      R"({"node":"18000000000000000001","role":"leader","peer":"10.0.0.1:7401","client":"10.0.0.1:7400",)"
      R"("http":"10.0.0.1:7480","matched":1,"active":true}]})"
      "\n");
}

TEST(Cluster, IsShownByAFollowerWithoutWhatOnlyTheLeaderKnows) {
  Front front;
  front.with([](FakeCoordinator& coordinator) {
    coordinator.leading = false;
    coordinator.lone_node.follow(NodeId(44));
  });
  const Reply reply = front.get("/v1/cluster");
  EXPECT_EQ(reply.member("leader"), "44");
  EXPECT_EQ(reply.member("leading"), "false");
  EXPECT_THAT(reply.body, HasSubstr(R"("role":"learner","peer":"10.0.0.2:7401","client":"10.0.0.2:7400",)"
                                    R"("http":"10.0.0.2:7480","matched":null,"active":null})"));
  EXPECT_THAT(reply.body, HasSubstr(R"({"node":"18000000000000000001","role":"voter",)"));
}

}  // namespace
}  // namespace vow::http
