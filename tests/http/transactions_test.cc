#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/front.h"

namespace vow::http {
namespace {

using testing::HasSubstr;
using txn::Reason;
using txn::Verdict;

txn::BranchName branch(std::string_view name) { return *txn::BranchName::from(name); }

TEST(Transactions, AreBegunByACall) {
  Front front;
  std::uint32_t timeout_s = 0;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_begin = [&](std::uint32_t asked) {
      timeout_s = asked;
      return dispatch::Begun{FakeCoordinator::some_xid()};
    };
  });
  const Reply reply = front.post("/v1/transactions", R"({"timeout_s": 30})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"xid":")" + to_string(FakeCoordinator::some_xid()) + "\"}\n");
  EXPECT_EQ(timeout_s, 30u);
}

TEST(Transactions, TakeVotesAsTheyAreGiven) {
  Front front;
  std::optional<txn::Vote> heard;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_vote = [&](const txn::Vote& vote) {
      heard = vote;
      return txn::Answer{Verdict::rolled_back, Reason::past_deadline, 2};
    };
  });
  const Reply reply = front.post(
      transaction("/votes"),
      R"({"branch":"a-1","nonce":1099511627775,"resource":"db","ballot":"read_only","session":7,"enlistment":18446744073709551615})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "{\"verdict\":\"rolled_back\",\"reason\":\"past_deadline\",\"unfinished\":2}\n");
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->xid, FakeCoordinator::some_xid());
  EXPECT_EQ(heard->preparation, (txn::Preparation{branch("a-1"), txn::Nonce(txn::nonce_max)}));
  EXPECT_EQ(heard->resource, "db");
  EXPECT_EQ(heard->ballot, txn::Ballot::read_only);
  EXPECT_EQ(heard->session, txn::SessionNumber(7));
  EXPECT_EQ(heard->enlistment, UINT64_MAX);
}

TEST(Transactions, TakeEnlistments) {
  Front front;
  std::optional<txn::Enlistment> heard;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_enlist = [&](const txn::Enlistment& enlistment) {
      heard = enlistment;
      return txn::Answer{.verdict = Verdict::taken};
    };
  });
  const Reply reply = front.post(transaction("/enlistments"),
                                 R"({"branch":"b","resource":"db","session":7,"enlistment":99})");
  EXPECT_EQ(reply.member("verdict"), "taken");
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->branch, branch("b"));
  EXPECT_EQ(heard->resource, "db");
  EXPECT_EQ(heard->session, txn::SessionNumber(7));
  EXPECT_EQ(heard->enlistment, 99u);
}

TEST(Transactions, CommitNamesItsPreparationsAndWaitsForTheAnswer) {
  Front front;
  std::promise<dispatch::AnswerDone> asked;
  std::optional<dispatch::Commit> heard;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_commit = [&](dispatch::Commit commit, dispatch::AnswerDone done) {
      heard = std::move(commit);
      asked.set_value(std::move(done));
    };
  });
  Wire wire(front.port());
  wire.send(request_text(
      "POST", transaction("/commit"),
      R"({"preparations":[{"branch":"a","nonce":1},{"branch":"b","nonce":2}],"wait_finished_ms":4000})"));
  const dispatch::AnswerDone done = asked.get_future().get();
  EXPECT_FALSE(wire.is_closed(std::chrono::milliseconds(0)));
  front.with([&](FakeCoordinator&) { done({Verdict::committed, Reason::none, 1}); });
  EXPECT_EQ(wire.read().body, "{\"verdict\":\"committed\",\"reason\":\"none\",\"unfinished\":1}\n");
  EXPECT_EQ(heard->named,
            (std::vector<txn::Preparation>{{branch("a"), txn::Nonce(1)}, {branch("b"), txn::Nonce(2)}}));
  EXPECT_EQ(heard->wait_finished_ms, 4000u);
}

TEST(Transactions, RollbackNeedsNoBody) {
  Front front;
  const Reply reply = front.post(transaction("/rollback"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.member("verdict"), "rolled_back");
  EXPECT_EQ(reply.member("reason"), "asked");
}

TEST(Transactions, OutcomeSettlesNothingUnlessTheAskerIsInvolved) {
  Front front;
  std::vector<std::pair<std::optional<txn::Preparation>, txn::Asker>> heard;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_outcome = [&](const auto&, const auto& of, txn::Asker asker) {
      heard.emplace_back(of, asker);
      return txn::Answer{.verdict = Verdict::open};
    };
  });
  EXPECT_EQ(front.get(transaction("/outcome")).member("verdict"), "open");
  EXPECT_EQ(front.get(transaction("/outcome?branch=a&nonce=5&involved=true")).status, 200);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0],
            (std::pair<std::optional<txn::Preparation>, txn::Asker>{std::nullopt, txn::Asker::watcher}));
  EXPECT_EQ(heard[1].first, (txn::Preparation{branch("a"), txn::Nonce(5)}));
  EXPECT_EQ(heard[1].second, txn::Asker::involved);
}

TEST(Transactions, AVerdictOfTheLeaderIsAskedForThere) {
  Front front;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_outcome = [](const auto&, const auto&, auto) {
      return txn::Answer{.verdict = Verdict::ask_leader};
    };
    coordinator.lone_node.follow(LoneNode::learner);
  });
  const Reply reply = front.get(transaction("/outcome"));
  EXPECT_EQ(reply.status, 421);
  EXPECT_EQ(reply.member("code"), "ask_leader");
  EXPECT_EQ(reply.member("leader"), "10.0.0.2:7480");
}

TEST(Transactions, EveryVerdictAndReasonGoesByItsName) {
  Front front;
  for (int verdict = 1; verdict <= 12; ++verdict) {
    if (static_cast<Verdict>(verdict) == Verdict::ask_leader) continue;
    for (int reason = 0; reason <= 25; ++reason) {
      const txn::Answer answer{static_cast<Verdict>(verdict), static_cast<Reason>(reason), 3};
      front.with([&](FakeCoordinator& coordinator) {
        coordinator.on_outcome = [&](const auto&, const auto&, auto) { return answer; };
      });
      const Reply reply = front.get(transaction("/outcome"));
      ASSERT_EQ(reply.status, 200);
      ASSERT_EQ(reply.member("verdict"), name(answer.verdict));
      ASSERT_EQ(reply.member("reason"), name(answer.reason));
    }
  }
}

TEST(Transactions, AreListedByStateAndResource) {
  Front front;
  std::optional<dispatch::TransactionFilter> heard;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_list = [&](const dispatch::TransactionFilter& filter) {
      heard = filter;
      return std::vector<dispatch::TransactionShown>(1);
    };
  });
  const Reply reply = front.get("/v1/transactions?state=open&resource=payments%20db&limit=3");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.member("node"), "18000000000000000001");
  EXPECT_EQ(reply.member("leading"), "true");
  EXPECT_EQ(reply.json()->getArray("transactions")->size(), 1u);
  EXPECT_EQ(heard->state, "open");
  EXPECT_EQ(heard->resource, "payments db");
  EXPECT_EQ(heard->limit, 3u);
}

TEST(Transactions, ShowWhatTheyWaitFor) {
  Front front;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_show = [](const auto& xid) {
      return dispatch::TransactionShown{
          .xid = xid,
          .state = "committing",
          .reason = "none",
          .waiting_for = "payments-db: it does not answer",
          .begun_ms = 1,
          .deadline_ms = 2,
          .branches = {{.branch = "a",
                        .nonce = 3,
                        .resource = "payments-db",
                        .standing = "prepared",
                        .attempts = 4,
                        .last_error = "not UTF-8: \xff, \"quoted\"\n",
                        .next_attempt_in_ms = 5}},
          .forced = {
              {.branch = branch("b"), .committed = true, .at_ms = 6, .who = "ann", .why = "disk lost"}}};
    };
  });
  EXPECT_THAT(
      front.get(transaction()).body,
      HasSubstr(R"("branches":[{"branch":"a","nonce":3,"resource":"payments-db","standing":"prepared",)"
                R"("attempts":4,"last_error":"not UTF-8: )"
                "\xef\xbf\xbd"
                R"(, \"quoted\"\n","next_attempt_in_ms":5}],)"
                R"("forced":[{"branch":"b","committed":true,"at_ms":6,"who":"ann","why":"disk lost"}])"));
}

TEST(Transactions, ThatNobodyKnowsAreNotFound) {
  Front front;
  const Reply reply = front.get(transaction());
  EXPECT_EQ(reply.status, 404);
  EXPECT_THAT(reply.problem(), HasSubstr("not_found: this node has nothing to show of"));
}

}  // namespace
}  // namespace vow::http
