#include "tests/demo/story.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace vow::demo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Service = Shop::Service;

constexpr std::int64_t pieces_at_first = 1'000'000;
constexpr std::size_t customers = 8;
constexpr int coins_of_a_piece = 3;

bool is_booked(int status) { return status == 200 || status == 201; }

// Databases of servers get Vow's table before; SQLite's first branch makes it.
void prepare_databases(const Databases& databases) {
  std::vector<std::string> words{VOW_BINARY, "doctor", "--fix"};
  for (const std::string& url : databases.urls()) {
    if (url.starts_with("sqlite:")) continue;
    words.insert(words.end(), {"--db", url});
  }
  if (words.size() > 3) (void)run(words);
}

}  // namespace

Story::Story(const Plan& plan, Teller& teller)
    : plan_(plan),
      teller_(teller),
      random_(plan.seed),
      databases_(make_databases(plan.database, plan.folder)) {
  if (plan_.with_vow) {
    prepare_databases(*databases_);
    cluster_.emplace(plan_.folder);
  }
  shop_.emplace(plan_.folder, *databases_,
                Shop::How{.with_vow = plan_.with_vow,
                          .coordinators = cluster_ ? cluster_->addresses() : "",
                          .charges = plan_.charges},
                pieces_at_first);
}

Story::~Story() { shop_.reset(); }

Outcome Story::tell() {
  orders_are_placed();
  orders_that_cannot_be();
  a_service_dies_after_its_vow();
  if (cluster_) the_leader_dies();
  an_answer_comes_too_late();
  the_orders_die_in_the_middle();
  everything_dies();
  the_books_are_read();
  return outcome_;
}

void Story::say_where_it_is() {
  teller_.chapter("It is kept running; Ctrl-C ends it");
  teller_.say(fmt::format("orders: curl http://127.0.0.1:{}/orders/ID", shop_->orders_port()));
  if (!cluster_) return;
  teller_.say(fmt::format("coordinators: {} cluster status --at {}", VOW_BINARY, cluster_->http_addresses()));
  for (const std::string& url : databases_->urls()) teller_.say("database: " + url);
  teller_.say("logs: " + plan_.folder);
}

// --- chapters

void Story::orders_are_placed() {
  teller_.chapter("Orders are placed");
  teller_.say(
      "Each takes a piece of tea from the inventory, three coins from the customer's account, and is");
  teller_.say(fmt::format("booked: three services, three databases ({}).", plan_.database));
  run_traffic("early", 4s, [] {});
  if (cluster_) teller_.more(vow_with("tx list"));
}

void Story::orders_that_cannot_be() {
  teller_.chapter("Orders that cannot be: too few coins, too few pieces");
  open_account("poor", 2);
  const int without_coins = order_until_known("poor-1", "poor", 1);
  teller_.expect(without_coins == 402 && shop_->coins_of("poor") == 2,
                 "the order that nobody can pay is refused, and its piece is back in stock",
                 fmt::format("it was answered with {}", without_coins));
  open_account("greedy", 10);
  const int without_pieces = order_until_known("greedy-1", "greedy", 2 * pieces_at_first);
  teller_.expect(without_pieces == 409 && shop_->coins_of("greedy") == 10,
                 "the order of more than there is is refused, and costs nothing",
                 fmt::format("it was answered with {}", without_pieces));
}

void Story::a_service_dies_after_its_vow() {
  teller_.chapter(plan_.with_vow ? "Payments die after they have vowed, before they are told to commit"
                                 : "Payments die after they have charged, before the orders hear of it");
  open_account("ada", 10);
  shop_->payments_answers().hold();
  int status = 0;
  {
    const auto order = order_meanwhile("ada-1", "ada", status);
    const bool has_vowed = shop_->payments_answers().wait_for_one();
    shop_->kill(Service::payments);
    shop_->payments_answers().release();
    teller_.say("killed (SIGKILL), with their answer on its way");
    teller_.expect(has_vowed, "they had done their part by then");
    std::this_thread::sleep_for(some_time(100, 800));
    shop_->start(Service::payments);
  }
  if (cluster_) wait_until_finished();
  const std::int64_t coins = shop_->coins_of("ada");
  teller_.expect(coins == (is_booked(status) ? 7 : 10), "ada has paid if, and only if, her order is booked",
                 fmt::format("she has {} coins, and her order was answered with {}", coins, status));
  if (cluster_) teller_.more(vow_with("participants"));
}

void Story::the_leader_dies() {
  teller_.chapter("The leading coordinator dies in the middle of traffic");
  run_traffic("steady", 6s, [&] {
    std::this_thread::sleep_for(some_time(500, 1500));
    const std::size_t leader = cluster_->leader();
    cluster_->kill(leader);
    const auto begun = Clock::now();
    const std::size_t next = cluster_->leader();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    teller_.say(fmt::format("node-{} killed (SIGKILL); node-{} leads {} ms later", leader + 1, next + 1,
                            took.count()));
    cluster_->start(leader);
  });
  teller_.more(vow_with("cluster status"));
}

void Story::an_answer_comes_too_late() {
  teller_.chapter("An answer comes too late: the transaction's time is up");
  open_account("bert", 10);
  shop_->payments_answers().hold();
  const auto answer = shop_->order("bert-1", "bert", 1);  // gives up by itself
  shop_->payments_answers().release();
  teller_.expect(!is_booked(answer.status), "the order is not booked without that answer",
                 fmt::format("it was answered with {}", answer.status));
  const int status = order_until_known("bert-1", "bert", 1);
  if (cluster_) wait_until_finished();
  const std::int64_t coins = shop_->coins_of("bert");
  teller_.expect(coins == (is_booked(status) ? 7 : 10), "bert sent it again, and has paid once",
                 fmt::format("he has {} coins", coins));
}

void Story::the_orders_die_in_the_middle() {
  teller_.chapter("The service that began it dies in the middle");
  open_account("cleo", 10);
  shop_->payments_answers().hold();
  int status = 0;
  {
    const auto order = order_meanwhile("cleo-1", "cleo", status);
    const bool has_vowed = shop_->payments_answers().wait_for_one();
    shop_->kill(Service::orders);
    shop_->payments_answers().release();
    teller_.say("killed (SIGKILL): nobody will go on with this order, or ask for its transaction's commit");
    teller_.expect(has_vowed, "the payments had done their part by then");
    std::this_thread::sleep_for(some_time(100, 800));
    shop_->start(Service::orders);
  }
  if (cluster_) wait_until_finished();
  const std::int64_t coins = shop_->coins_of("cleo");
  teller_.expect(coins == (is_booked(status) ? 7 : 10),
                 "what it had begun is undone; cleo sent her order again, and has paid once",
                 fmt::format("she has {} coins, and her order was answered with {}", coins, status));
}

void Story::everything_dies() {
  teller_.chapter("Everything dies, at moments that nobody chose");
  run_traffic("late", 8s, [&] {
    const auto until = Clock::now() + 7s;
    int deaths = 0;
    while (Clock::now() < until) {
      std::this_thread::sleep_for(some_time(100, 900));
      const auto which = std::uniform_int_distribution<int>(0, cluster_ ? 3 : 2)(random_);
      ++deaths;
      if (which < 3) {
        shop_->restart(static_cast<Service>(which));
      } else {
        const std::size_t leader = cluster_->leader();
        cluster_->kill(leader);
        (void)cluster_->leader();
        cluster_->start(leader);
      }
    }
    teller_.say(fmt::format("{} times a process was killed and started again", deaths));
  });
}

void Story::the_books_are_read() {
  teller_.chapter("The books are read");
  if (cluster_) wait_until_finished();
  const Totals& now = outcome_.books = databases_->totals();
  outcome_.pieces_at_first = pieces_at_first;
  outcome_.coins_at_first = coins_at_first_;
  outcome_.pieces_missing = pieces_at_first - now.pieces - now.pieces_bought;
  outcome_.coins_missing = coins_at_first_ - now.coins - now.coins_spent;
  outcome_.promised_and_lost = static_cast<std::uint64_t>(std::count_if(
      booked_.begin(), booked_.end(), [&](const std::string& id) { return !now.orders.contains(id); }));
  outcome_.refused_and_booked = static_cast<std::uint64_t>(std::count_if(
      refused_.begin(), refused_.end(), [&](const std::string& id) { return now.orders.contains(id); }));
  const auto missing = [](std::int64_t count) { return fmt::format("{} are missing", count); };
  teller_.expect(outcome_.pieces_missing == 0, "every piece is in stock or in an order",
                 missing(outcome_.pieces_missing));
  teller_.expect(outcome_.coins_missing == 0, "every coin is in an account or paid for an order",
                 missing(outcome_.coins_missing));
  teller_.expect(outcome_.promised_and_lost == 0, "every order that a customer was told is booked is there",
                 missing(static_cast<std::int64_t>(outcome_.promised_and_lost)));
  teller_.expect(outcome_.refused_and_booked == 0, "none that was refused is");
  teller_.more(shell_command(databases_->payments(), "SELECT SUM(coins) FROM account"));
  if (!cluster_) return;
  std::vector<std::string> words{VOW_BINARY, "audit", "--coordinator", cluster_->addresses(), "--pause",
                                 "2s",       "-o",    "json"};
  std::string command = fmt::format("{} audit --coordinator {}", VOW_BINARY, cluster_->addresses());
  for (const std::string& url : databases_->urls()) {
    words.insert(words.end(), {"--db", url});
    command += " --db " + url;
  }
  const Said said = run(words);
  const auto audit = http::Answer{.status = said.exit, .body = said.text}.json();
  const auto looked_at = audit.getObject("looked_at");
  const auto faults = audit.getArray("faults");
  outcome_.audit_holds = said.exit == 0;
  outcome_.leftovers =
      (looked_at ? looked_at->optValue<std::uint64_t>("prepared", 0) : 0) + (faults ? faults->size() : 0);
  teller_.expect(
      outcome_.audit_holds && outcome_.leftovers == 0,
      fmt::format("`vow audit` finds all databases as the coordinators decided, and nothing left over "
                  "({} transactions)",
                  looked_at ? looked_at->optValue<std::uint64_t>("transactions", 0) : 0),
      said.text);
  teller_.more(command);
}

// --- what chapters are made of

void Story::open_account(const std::string& owner, std::int64_t coins) {
  shop_->open_account(owner, coins);
  coins_at_first_ += coins;
}

int Story::order_until_known(const std::string& id, const std::string& customer, std::int64_t pieces) {
  const auto until = Clock::now() + 20s;
  int status = 0;
  do {
    status = shop_->order(id, customer, pieces).status;
    if (is_booked(status) || status == 402 || status == 409) break;
    std::this_thread::sleep_for(50ms);
  } while (Clock::now() < until);
  ++outcome_.orders;
  if (is_booked(status)) {
    ++outcome_.committed;
    booked_.insert(id);
  } else if (status == 402 || status == 409) {
    ++outcome_.rolled_back;
    refused_.insert(id);
  } else {
    ++outcome_.unknown;
  }
  return status;
}

std::jthread Story::order_meanwhile(const std::string& id, const std::string& customer, int& status) {
  return std::jthread([this, id, customer, &status] { status = order_until_known(id, customer, 1); });
}

void Story::run_traffic(const std::string& name, std::chrono::milliseconds time,
                        const std::function<void()>& meanwhile) {
  for (std::size_t i = 0; i < customers; ++i) open_account(fmt::format("{}-{}", name, i + 1), 1'000'000);
  Traffic traffic(*shop_, name, customers);
  const auto begun = Clock::now();
  {
    const std::jthread progress([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        std::this_thread::sleep_for(200ms);
        const auto count = traffic.count();
        teller_.going_on(fmt::format("{} orders booked, {} sent again", count.booked, count.sent_again));
      }
    });
    meanwhile();  // on this thread: processes end with the thread that started them
    std::this_thread::sleep_until(begun + time);
    traffic.stop();
  }
  const auto count = traffic.count();
  teller_.say(fmt::format("{} customers: {} orders booked, {} sent again, {} unknown; longest pause {} ms",
                          customers, count.booked, count.sent_again, count.unknown,
                          traffic.longest_pause_ms()));
  outcome_.orders += count.orders;
  outcome_.committed += count.booked;
  outcome_.rolled_back += count.refused;
  outcome_.unknown += count.unknown;
  booked_.merge(traffic.booked());
  refused_.merge(traffic.refused());
}

void Story::wait_until_finished() {
  const auto until = Clock::now() + 20s;
  std::size_t left = cluster_->unfinished();
  while (left > 0 && Clock::now() < until) {
    teller_.going_on(fmt::format("{} transactions are being finished", left));
    std::this_thread::sleep_for(100ms);
    left = cluster_->unfinished();
  }
  if (left > 0) teller_.expect(false, "all transactions come to their end", fmt::format("{} have not", left));
}

std::chrono::milliseconds Story::some_time(int from_ms, int to_ms) {
  return std::chrono::milliseconds(std::uniform_int_distribution<int>(from_ms, to_ms)(random_));
}

std::string Story::vow_with(const std::string& words) const {
  return fmt::format("{} {} --at {}", VOW_BINARY, words, cluster_->http_addresses());
}

}  // namespace vow::demo
