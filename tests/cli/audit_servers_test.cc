// `vow doctor --orphans` and `vow audit` on real servers.
#include <csignal>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coordinator/cli/json.h"
#include "tests/cli/on_servers.h"
#include "tests/cli/planted_sqlite.h"
#include "tests/sdk/mixed/shop.h"

namespace vow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class AuditOfServers : public OnServers {
 protected:
  Said say(std::vector<std::string> words) {
    words.insert(words.end(), {"--db", postgres_url(), "--db", mysql_url()});
    return vow_says(words, {{"VOW_COORDINATORS", cell_.address()}});
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> all;
    const Said said = say({"audit", "--pause", "10ms", "-o", "json"});
    for (const Json& each : Json::parse(said.out).list("faults")) all.push_back(each.text("kind"));
    return all;
  }
  // A program that knows nothing of Vow prepares something.
  void prepare_of_others() {
    in_orders("begin; insert into purchase values (2); prepare transaction 'vow.mine'");
    const mysql::connection on(money_.connect(money_database_));
    for (const char* sql : {"XA START 'vow.mine'", "INSERT INTO account VALUES (2)", "XA END 'vow.mine'",
                            "XA PREPARE 'vow.mine'"})
      mysql::run(on.get(), sql);
  }

  CellOfTests& cell_ = shared_cell();
};

TEST_F(AuditOfServers, OrphansOfADeadCellAreRolledBackAndNothingElse) {
  const preparation in_orders_left = CellOfTests::of_cell(77);
  const preparation in_money_left = CellOfTests::of_cell(77);
  const preparation anothers = CellOfTests::of_cell(78);
  const preparation at_work = cell_.preparing();
  prepare_in_orders(in_orders_left);
  prepare_in_orders(anothers);
  prepare_in_orders(at_work);
  prepare_in_money(in_money_left);
  prepare_of_others();

  const Said listed = say({"doctor", "--orphans"});
  EXPECT_EQ(listed.exit, Exit::degraded) << listed.err;
  for (const preparation& each : {in_orders_left, in_money_left, anothers, at_work})
    EXPECT_THAT(listed.out, HasSubstr(each.name()));
  EXPECT_THAT(listed.out, AllOf(HasSubstr("at work"), HasSubstr("of another cell, 78: left behind"),
                                Not(HasSubstr("mine"))));
  EXPECT_EQ(names_in_orders().size(), 4u) << "to list is not to end";
  EXPECT_EQ(prepared_in_money(), 2u);

  const Said ended = say({"doctor", "--orphans", "--cell", "77", "--reason", "lost"});
  EXPECT_EQ(ended.exit, Exit::ok) << ended.out << ended.err;
  EXPECT_THAT(names_in_orders(), ElementsAre(anothers.name(), at_work.name(), "vow.mine"));
  EXPECT_EQ(prepared_in_money(), 1u);
  EXPECT_EQ(in_orders("select count(*) from purchase"), "0");

  in_orders("rollback prepared 'vow.mine'");
  in_money("XA ROLLBACK 'vow.mine'");
}

TEST_F(AuditOfServers, FindsOrphansAndNotWhatIsAtWork) {
  const preparation at_work = cell_.preparing();
  const preparation rolled_back = cell_.preparing();
  const preparation committed = cell_.preparing();
  prepare_in_orders(at_work);
  prepare_in_orders(rolled_back);
  prepare_in_money(committed);
  EXPECT_THAT(kinds(), IsEmpty());
  cell_.roll_back(rolled_back);
  cell_.commit({committed});
  EXPECT_THAT(kinds(), ElementsAre("orphan", "orphan"));
}

TEST_F(AuditOfServers, FindsRecordsThatDisagreeAndWhatIsHalfDone) {
  EXPECT_EQ(say({"doctor", "--fix"}).exit, Exit::ok);
  const preparation here = cell_.preparing();
  const preparation there = cell_.beside(here, "b");
  const preparation cancelled = cell_.preparing();
  const auto record = [](const preparation& as, const std::string& state) {
    return "insert into vow_branch (xid, branch, nonce, kind, action, state, created_at, deadline) values "
           "('" +
           as.xid + "', '" + as.branch + "', " + std::to_string(as.nonce) + ", 'tcc', 'x', '" + state +
           "', 0, 0)";
  };
  prepare_in_orders(here);
  in_money(record(there, "committed"));
  in_orders(record(cancelled, "cancelled"));
  cell_.commit({here, there});
  cell_.roll_back(cancelled);
  EXPECT_THAT(kinds(), ElementsAre("half_done"));
  in_orders("update vow_branch set state = 'committed'");
  in_money("UPDATE vow_branch SET state = 'cancelled'");
  EXPECT_THAT(kinds(), UnorderedElementsAre("orphan", "disagreement", "disagreement"));
}

// Of tests/sdk/mixed: it buys until it is killed, and says "." each time.
class Buyer {
 public:
  explicit Buyer(const sdk::ShopPlaces& places) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(ends[1], 1);
      ::execl(VOW_BUYER, VOW_BUYER, places.coordinators.c_str(), places.orders.c_str(),
              places.money_socket.c_str(), places.money_database.c_str(), places.stock.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    said_ = ends[0];
  }
  ~Buyer() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    ::close(said_);
  }
  Buyer(const Buyer&) = delete;
  Buyer& operator=(const Buyer&) = delete;
  void wait_for(int more) const {
    for (char one = 0; more > 0 && ::read(said_, &one, 1) == 1;) --more;
    EXPECT_EQ(more, 0);
  }

 private:
  ::pid_t process_ = 0;
  int said_ = -1;
};

TEST_F(AuditOfServers, HoldsAfterHundredsOfPurchasesAndKills) {
  PlantedSqlite stock;
  in_orders("drop table purchase; create table purchase (id serial primary key, coins int)");
  in_money("DROP TABLE account");
  in_money("CREATE TABLE account (id INT PRIMARY KEY, coins INT NOT NULL) ENGINE=InnoDB");
  for (int id = 0; id < 8; ++id) in_money("INSERT INTO account VALUES (" + std::to_string(id) + ", 1000000)");
  stock.run(
      "CREATE TABLE shelf (id INTEGER PRIMARY KEY, things INTEGER); INSERT INTO shelf VALUES (1, 1000000)");
  const sdk::ShopPlaces places{cell_.address(), orders_dsn_, money_.socket(), money_database_,
                               stock.url().substr(7)};
  const auto audit = [&] { return say({"audit", "--pause", "2s", "--db", stock.url()}); };
  for (int round = 0; round < 4; ++round) {
    const Buyer buyer(places);
    buyer.wait_for(50);
    const Said during = audit();
    EXPECT_EQ(during.exit, Exit::ok) << during.out << during.err;
  }
  // What the last one left is ended by the next; until then it may be seen.
  {
    const Buyer last(places);
    last.wait_for(10);
  }
  const sdk::Shop next(places);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  Said said = audit();
  while (said.exit != Exit::ok && std::chrono::steady_clock::now() < until) said = audit();
  EXPECT_EQ(said.exit, Exit::ok) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr("The audit holds."));
  EXPECT_GE(std::stoi(stock.ask("SELECT count(*) FROM vow_branch WHERE state = 'committed'")), 200);
}

}  // namespace
}  // namespace vow::cli
