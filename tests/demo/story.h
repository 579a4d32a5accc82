// The story that the demo tells: a shop takes orders, and what can die dies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "tests/demo/cluster.h"
#include "tests/demo/databases.h"
#include "tests/demo/shop.h"
#include "tests/demo/teller.h"
#include "tests/demo/traffic.h"

namespace vow::demo {

struct Plan {
  std::string database = "sqlite";
  bool with_vow = true;
  std::string charges = "xa";
  std::uint64_t seed = 0;  // of the moments at which processes die
  std::string folder;
};

// What came of it, in figures.
struct Outcome {
  std::uint64_t orders = 0;
  std::uint64_t committed = 0;
  std::uint64_t rolled_back = 0;
  std::uint64_t unknown = 0;
  std::int64_t pieces_missing = 0;
  std::int64_t coins_missing = 0;
  std::uint64_t promised_and_lost = 0;  // customers were told that they are booked
  std::uint64_t refused_and_booked = 0;
  std::uint64_t leftovers = 0;  // branches that nobody ended
  bool audit_holds = true;
  std::int64_t pieces_at_first = 0;
  std::int64_t coins_at_first = 0;
  Totals books;  // as they are at the end

  [[nodiscard]] bool is_conserved() const {
    return pieces_missing == 0 && coins_missing == 0 && promised_and_lost == 0 && refused_and_booked == 0;
  }
};

class Story {
 public:
  // Starts everything.
  Story(const Plan& plan, Teller& teller);
  ~Story();

  [[nodiscard]] Outcome tell();
  // What a person can look at while it runs.
  void say_where_it_is();
  [[nodiscard]] const Databases& databases() const { return *databases_; }

 private:
  void orders_are_placed();
  void orders_that_cannot_be();
  void a_service_dies_after_its_vow();
  void the_leader_dies();
  void an_answer_comes_too_late();
  void the_orders_die_in_the_middle();
  void everything_dies();
  void the_books_are_read();

  // One customer's order, on a thread of its own, until its end is known.
  [[nodiscard]] std::jthread order_meanwhile(const std::string& id, const std::string& customer, int& status);
  int order_until_known(const std::string& id, const std::string& customer, std::int64_t pieces);
  void open_account(const std::string& owner, std::int64_t coins);
  void run_traffic(const std::string& name, std::chrono::milliseconds time,
                   const std::function<void()>& meanwhile);
  void wait_until_finished();
  [[nodiscard]] std::chrono::milliseconds some_time(int from_ms, int to_ms);
  [[nodiscard]] std::string vow_with(const std::string& words) const;

  const Plan plan_;
  Teller& teller_;
  std::mt19937_64 random_;
  const std::unique_ptr<Databases> databases_;
  std::optional<Cluster> cluster_;
  std::optional<Shop> shop_;
  std::int64_t coins_at_first_ = 0;
  std::set<std::string> booked_;
  std::set<std::string> refused_;
  Outcome outcome_;
};

}  // namespace vow::demo
