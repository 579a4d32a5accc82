// Requests and answers that get lost or late: whatever does, each transaction has its effect once.
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/testing/eventually.h"

#include "vow/testing.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;
using sdk::Shelf;
using sdk::ShelfResource;
using ::testing::Contains;
using ::testing::HasSubstr;

class NetworkTest : public ::testing::Test {
 protected:
  void take(const run_options& options = {}) {
    client_.run("take", options, [&](tx& in) {
      ++attempts_;
      last_xid_ = in.xid();
      stock_.in(in).add("thing", -1);
    });
  }
  // Of which another process does a part: it votes by a call of its own, and is told how it ends.
  void order(tx& in) {
    call taking = in.call();
    taking.answered(
        other_.serve("take", taking.headers(), [&](tx& part) { other_stock_.in(part).add("thing", -1); })
            .headers);
  }
  // Does not wait for that part to be done.
  void take_elsewhere() {
    client_.run("order", {.completion_timeout = 1ms}, [&](tx& in) { order(in); });
  }
  // A client noticed that something it said, or was told, did not arrive.
  void expect_lost() {
    const std::lock_guard lock(log_mutex_);
    EXPECT_THAT(log_, Contains(HasSubstr("lost by a test")));
  }
  client_options options(const std::string& process) {
    client_options options = cluster_.options(process);
    options.log = [this](log_level, std::string_view message) {
      const std::lock_guard lock(log_mutex_);
      log_.emplace_back(message);
    };
    return options;
  }
  void expect_taken(Shelf& from, int things) {
    cluster_.settle();
    EXPECT_EQ(from.prepared(), 0u);
    EXPECT_EQ(from.stock("thing"), -things);
    EXPECT_EQ(cluster_.faults_left(), 0u);
  }

  Shelf shelf_{Shelf::Ages::as_they_are};
  Shelf other_shelf_{Shelf::Ages::as_they_are};
  cluster cluster_;
  std::mutex log_mutex_;
  std::vector<std::string> log_;
  client client_{options("shop")};
  client other_{options("other")};
  ShelfResource stock_{client_, "stock-db", shelf_};
  ShelfResource other_stock_{other_, "other-db", other_shelf_};
  int attempts_ = 0;
  std::string last_xid_;
};

TEST_F(NetworkTest, ACommitWhoseAnswerIsLostIsCommittedOnce) {
  cluster_.drop_reply(request::commit);
  take();
  EXPECT_EQ(attempts_, 1);
  expect_lost();
  expect_taken(shelf_, 1);
}

TEST_F(NetworkTest, ACommitThatIsLostIsSaidAgain) {
  cluster_.drop_request(request::commit);
  take();
  EXPECT_EQ(attempts_, 1);
  expect_lost();
  expect_taken(shelf_, 1);
}

TEST_F(NetworkTest, AVoteThatIsLostRollsBackAndIsRunAgain) {
  cluster_.drop_request(request::vote);
  take();
  EXPECT_EQ(attempts_, 2);
  expect_taken(shelf_, 1);
}

TEST_F(NetworkTest, AVoteOfAServiceWhoseAnswerIsLostIsSaidAgain) {
  cluster_.drop_reply(request::vote, {.process = "other"});
  take_elsewhere();
  expect_lost();
  expect_taken(other_shelf_, 1);
}

TEST_F(NetworkTest, ACommandThatIsLostComesAgain) {
  take_elsewhere();
  cluster_.settle();
  cluster_.drop_reply(request::poll, {.process = "other"});
  take_elsewhere();  // by the poll that is under way
  take_elsewhere();
  expect_taken(other_shelf_, 3);
  expect_lost();
}

TEST_F(NetworkTest, AReportThatIsLostIsAskedForAgain) {
  cluster_.drop_request(request::report);
  take();
  expect_taken(shelf_, 1);
  EXPECT_EQ(cluster_.transactions().at(0).branches.at(0).standing, "finished");
}

TEST_F(NetworkTest, ARollbackThatIsLostIsSaidAgain) {
  cluster_.drop_request(request::rollback);
  std::string xid;
  const auto changes_its_mind = [&](tx& in) {
    xid = in.xid();
    order(in);
    throw std::logic_error("changed my mind");
  };
  EXPECT_THROW(client_.run("order", changes_its_mind), std::logic_error);
  EXPECT_EQ(cluster_.outcome(xid), outcome::rolled_back);
  expect_lost();
  expect_taken(other_shelf_, 0);
}

TEST_F(NetworkTest, AQuestionWhoseAnswerIsLostIsAskedAgain) {
  take();
  cluster_.drop_reply(request::outcome);
  EXPECT_EQ(client_.wait(last_xid_, 5s), outcome::committed);
  expect_lost();
  EXPECT_EQ(cluster_.faults_left(), 0u);
}

TEST_F(NetworkTest, ARequestThatIsLateArrivesWhenTimeHasPassed) {
  cluster_.delay(request::commit, 1s);
  auto taken = std::async(std::launch::async, [&] { take(); });
  EXPECT_TRUE(eventually([&] { return cluster_.faults_left() == 0; }));
  EXPECT_EQ(taken.wait_for(20ms), std::future_status::timeout);
  EXPECT_EQ(shelf_.stock("thing"), 0);
  cluster_.advance(1s);
  taken.get();
  EXPECT_EQ(attempts_, 1);
  expect_taken(shelf_, 1);
}

TEST_F(NetworkTest, ARequestThatWasGivenUpArrivesAllTheSame) {
  cluster_.delay(request::commit, 5s);  // longer than client_options::call_timeout
  auto taken = std::async(std::launch::async, [&] { take(); });
  EXPECT_TRUE(eventually([&] { return cluster_.faults_left() == 0; }));
  EXPECT_EQ(taken.wait_for(20ms), std::future_status::timeout);
  cluster_.advance(3s);
  EXPECT_EQ(taken.wait_for(20s), std::future_status::ready) << "it is said again";
  cluster_.advance(2s);
  expect_taken(shelf_, 1);
}

}  // namespace
}  // namespace vow::testing
