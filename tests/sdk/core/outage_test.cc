// Many threads of one process, and a coordinator that is away for half a minute.
#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/core/world.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class OutageTest : public World {
 protected:
  void move(const run_options& options = {}) {
    client_.run("move", options, [&](tx& in) {
      stock_.in(in).add("thing", -1);
      orders_.in(in).add("thing", 1);
    });
  }
  // Open connections of this machine to the cell's port for clients.
  int connections() {
    const std::string address = cell_.addresses()[0];
    const int port = std::stoi(address.substr(address.rfind(':') + 1));
    std::ifstream table("/proc/self/net/tcp");
    int count = 0;
    std::string line;
    std::getline(table, line);
    while (std::getline(table, line)) {
      std::stringstream words(line);
      std::string number, local, remote, state;
      words >> number >> local >> remote >> state;
      const bool is_there = std::stoi(remote.substr(remote.find(':') + 1), nullptr, 16) == port;
      count += is_there && state == "01" ? 1 : 0;
    }
    return count;
  }
  void expect_moved(int times) {
    EXPECT_TRUE(eventually([&] { return stock_shelf_.prepared() + order_shelf_.prepared() == 0; }));
    EXPECT_EQ(stock_shelf_.stock("thing"), -times);
    EXPECT_EQ(order_shelf_.stock("thing"), times);
  }

  Shelf stock_shelf_;
  Shelf order_shelf_;
  client client_{options()};
  ShelfResource stock_{client_, "stock-db", stock_shelf_};
  ShelfResource orders_{client_, "orders-db", order_shelf_};
};

TEST_F(OutageTest, AHundredThreadsUseAHandfulOfConnections) {
  move();
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 100; ++i) {
      threads.emplace_back([&] {
        for (int nth = 0; nth < 20; ++nth) move({.retry = retry::exponential(20)});
      });
    }
    for (int i = 0; i < 50; ++i) {
      most = std::max(most.load(), connections());
      std::this_thread::yield();
    }
  }
  EXPECT_GT(most, 0);
  EXPECT_LE(most, 4);
  expect_moved(2'001);
}

TEST_F(OutageTest, AnOutageBlocksAndThenResumesThoseWhoHaveTimeAndTellsTheOthersTheTruth) {
  constexpr auto outage = 30s;
  std::atomic<bool> over{false};
  std::atomic<int> patient_moves{0};
  std::atomic<int> patient_errors{0};
  std::atomic<int> committed{0};
  std::mutex mutex;
  std::set<std::string> in_doubt;
  std::set<std::string> codes;

  std::vector<std::jthread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] {  // each comes through the outage within one call of run()
      while (!over) {
        try {
          move({.timeout = 90s, .retry = retry::exponential(50)});
          ++patient_moves;
          ++committed;
        } catch (const error& why) {
          ++patient_errors;
          ADD_FAILURE() << why.what();
        }
      }
    });
    threads.emplace_back([&] {
      while (!over) {
        const auto began = Clock::now();
        try {
          move({.timeout = 3s, .retry = retry::never(), .outcome_timeout = 2s});
          ++committed;
        } catch (const outcome_unknown& why) {
          const std::lock_guard lock(mutex);
          in_doubt.insert(why.xid());
          codes.insert(why.code());
        } catch (const error& why) {
          EXPECT_EQ(why.outcome(), outcome::rolled_back) << why.what();
          const std::lock_guard lock(mutex);
          codes.insert(why.code());
        }
        EXPECT_LT(Clock::now() - began, 15s) << "it had 3 s, and 2 s to find out";
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return committed > 100; }));
  cell_.stop(0);
  const auto until = Clock::now() + outage;
  std::mutex waiting;
  std::unique_lock lock(waiting);
  std::condition_variable().wait_until(lock, until, [] { return false; });
  const int before = patient_moves;
  cell_.start(0);
  EXPECT_TRUE(eventually([&] { return patient_moves > before + 100; }));
  over = true;
  threads.clear();

  EXPECT_EQ(patient_errors, 0);
  EXPECT_TRUE(codes.contains("VOW-5001")) << "nobody was told that no coordinator answers";
  int came_true = 0;
  for (const std::string& xid : in_doubt) {
    const outcome known = client_.wait(xid, 30s);
    EXPECT_NE(known, outcome::unknown) << xid;
    came_true += known == outcome::committed ? 1 : 0;
  }
  std::printf("%d committed, %zu were in doubt, of which %d are committed\n", committed.load(),
              in_doubt.size(), came_true);
  expect_moved(committed + came_true);
}

}  // namespace
}  // namespace vow::sdk
