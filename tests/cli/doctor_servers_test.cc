// `vow doctor` of real servers: what it finds is so, and what it says to do helps.
#include "coordinator/cli/json.h"
#include "tests/cli/on_servers.h"

#include "vow/mysql/record.h"
#include "vow/postgres/record.h"

namespace vow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DoctorOfServers : public OnServers {
 protected:
  // "blocks", "warns", "tells" or "ok"; and what is to be done about it.
  struct Result {
    std::string result;
    std::string remedy;
  };
  static Result check(const std::string& url, const std::string& code) {
    const Said said = vow_says({"doctor", "--db", url, "-o", "json"});
    for (const Json& each : Json::parse(said.out).list("databases").at(0).list("checks")) {
      if (each.text("code") == code) return {each.text("result"), each.text("remedy")};
    }
    ADD_FAILURE() << code << " is not in " << said.out;
    return {};
  }
  // What the remedy says to run is run, and helps.
  void mend(const std::string& url, const std::string& code, const std::string& result,
            const std::string& statement, const std::function<void(const std::string&)>& run) {
    const Result before = check(url, code);
    EXPECT_EQ(before.result, result) << code;
    EXPECT_THAT(before.remedy, HasSubstr(statement)) << code;
    run(statement);
    EXPECT_EQ(check(url, code).result, "ok") << code;
  }
};

TEST_F(DoctorOfServers, SoundServersAreFine) {
  for (const std::string& url : {postgres_url(), mysql_url()}) {
    const Said said = vow_says({"doctor", "--db", url});
    EXPECT_EQ(said.exit, Exit::ok) << said.out << said.err;
    EXPECT_THAT(said.out,
                AllOf(HasSubstr("  ok    version\n"), HasSubstr("note  there is no table vow_branch"),
                      HasSubstr("0 FAIL, 0 warn")));
  }
}

TEST_F(DoctorOfServers, FixMakesTablesThatTheAdaptersAccept) {
  const Said said = vow_says({"doctor", "--fix", "--db", postgres_url(), "--db", mysql_url()});
  EXPECT_EQ(said.exit, Exit::ok) << said.out;
  EXPECT_THAT(said.out, Not(HasSubstr("no table vow_branch")));
  postgres::database orders([dsn = orders_dsn_] { return std::make_unique<pqxx::connection>(dsn); }, {});
  const preparation as = CellOfTests::of_cell(5, 0);
  const auto add = [&](void*, record::rows& table) {
    EXPECT_TRUE(table.add({.which = as, .action = "x", .payload = "bytes"}));
    EXPECT_EQ(table.find(as)->payload, "bytes");
  };
  postgres::record_book(orders).transact(as, add);
  mysql::parameters where;
  where.socket = money_.socket();
  where.user = "root";
  where.database = money_database_;
  mysql::record_book(std::make_shared<mysql::pool>(mysql::connect_to(where), mysql::options{}))
      .transact(as, add);
}

TEST_F(DoctorOfServers, AServerThatIsNotThereBlocks) {
  const Said said =
      vow_says({"doctor", "--db", "postgresql://vow@127.0.0.1:1/x", "--db", "mysql://vow@127.0.0.1:1/x"});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.out, AllOf(HasSubstr("(VOW-5211)"), HasSubstr("(VOW-5230)"), HasSubstr("2 FAIL"),
                              Not(HasSubstr("  ok "))));
}

TEST_F(DoctorOfServers, APasswordComesFromTheEnvironment) {
  in_money("CREATE OR REPLACE USER keeper IDENTIFIED BY 's3cret'");
  in_money("GRANT ALL ON *.* TO keeper");
  const Said refused = vow_says({"doctor", "--db", mysql_url("keeper")});
  EXPECT_EQ(refused.exit, Exit::error);
  const Said said = vow_says({"doctor", "--db", mysql_url("keeper")}, {{"VOW_DB_PASSWORD", "s3cret"}});
  EXPECT_EQ(said.exit, Exit::ok) << said.out;
  EXPECT_THAT(said.out, Not(HasSubstr("s3cret")));
  EXPECT_THAT(vow_says({"doctor", "--db", mysql_url("keeper:s3cret")}).out, Not(HasSubstr("s3cret")));
}

TEST_F(DoctorOfServers, PostgresRemediesHelp) {
  const auto run = [this](const std::string& sql) { in_orders(sql); };
  in_orders("drop role if exists clerk; create role clerk login");
  in_orders("revoke select on pg_catalog.pg_prepared_xacts from public");
  mend(postgres_url("clerk"), "VOW-5115", "blocks", "grant select on pg_catalog.pg_prepared_xacts to",
       [&](const std::string& sql) { run(sql + " public"); });
  in_orders("alter role clerk set default_transaction_read_only = on");
  mend(postgres_url("clerk"), "VOW-5120", "blocks", "set default_transaction_read_only = off",
       [&](const std::string& sql) { run("alter role clerk " + sql); });
  vow_says({"doctor", "--fix", "--db", postgres_url()});
  mend(postgres_url("clerk"), "VOW-5122", "blocks", "grant select, insert, update, delete on vow_branch to",
       [&](const std::string& sql) { run(sql + " clerk"); });
  in_orders("alter role clerk set idle_in_transaction_session_timeout = 5000");
  EXPECT_EQ(check(postgres_url("clerk"), "VOW-5123").result, "tells");
  in_orders("drop owned by clerk; drop role clerk");
}

TEST_F(DoctorOfServers, PostgresSettingsAreFoundAndNamed) {
  const auto with = [this](const vow::testing::PostgresSettings& settings, const std::string& code) {
    orders_.restart(settings);
    return check(postgres_url(), code);
  };
  Result found = with({.prepared_max = 0}, "VOW-5114");
  EXPECT_EQ(found.result, "blocks");
  EXPECT_THAT(found.remedy, HasSubstr("alter system set max_prepared_transactions = 100;"));
  EXPECT_EQ(with({.prepared_max = 99}, "VOW-5114").result, "warns");
  found = with({.prepared_max = 100, .fsync = false}, "VOW-5116");
  EXPECT_EQ(found.result, "blocks");
  EXPECT_THAT(found.remedy, HasSubstr("alter system set fsync = on; select pg_reload_conf()"));
  EXPECT_EQ(with({.prepared_max = 100, .full_page_writes = false}, "VOW-5117").result, "blocks");
  found = with({.prepared_max = 100, .others = {{"max_connections", "30"}}}, "VOW-5124");
  EXPECT_EQ(found.result, "warns");
  EXPECT_THAT(found.remedy, HasSubstr("alter system set max_connections = 64;"));
  orders_.restart({.prepared_max = 100});
  EXPECT_EQ(check(postgres_url(), "VOW-5114").result, "ok");
}

TEST_F(DoctorOfServers, MariadbRemediesHelp) {
  const auto run = [this](const std::string& sql) { in_money(sql); };
  in_money("CREATE TABLE note (k INT) ENGINE=MyISAM");
  EXPECT_EQ(check(mysql_url(), "VOW-5136").result, "warns");
  in_money("ALTER TABLE note ENGINE = InnoDB");
  EXPECT_EQ(check(mysql_url(), "VOW-5136").result, "ok");

  in_money("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  mend(mysql_url(), "VOW-5132", "blocks", "SET GLOBAL innodb_flush_log_at_trx_commit = 1", run);
  in_money("SET GLOBAL read_only = 1");
  mend(mysql_url(), "VOW-5133", "blocks", "SET GLOBAL read_only = 0", run);
  in_money("SET GLOBAL default_storage_engine = MyISAM");
  mend(mysql_url(), "VOW-5135", "warns", "SET GLOBAL default_storage_engine = InnoDB", run);
  const std::string room = in_money("SELECT @@max_connections");
  in_money("SET GLOBAL max_connections = 20");
  mend(mysql_url(), "VOW-5141", "warns", "SET GLOBAL max_connections = 128", run);
  in_money("SET GLOBAL max_connections = " + room);

  in_money("CREATE OR REPLACE USER clerk");
  in_money("GRANT SELECT, INSERT, UPDATE, DELETE ON " + money_database_ + ".account TO clerk");
  mend(mysql_url("clerk"), "VOW-5139", "warns", "GRANT PROCESS ON *.* TO",
       [&](const std::string& sql) { run(sql + " clerk"); });
  vow_says({"doctor", "--fix", "--db", mysql_url()});
  in_money("GRANT SELECT, INSERT, UPDATE ON " + money_database_ + ".vow_branch TO clerk");
  mend(mysql_url("clerk"), "VOW-5140", "blocks", "grant select, insert, update, delete on vow_branch to",
       [&](const std::string& sql) { run(sql + " clerk"); });
}

TEST(DoctorOfAServer, FindsThatMariadbMayTearPages) {
  vow::testing::MariadbServer server({.arguments = {"--innodb-doublewrite=OFF", "--log-bin=log"}});
  const std::string url = "mysql://root@localhost/" + server.new_database() + "?socket=" + server.socket();
  const Said said = vow_says({"doctor", "--db", url});
  EXPECT_EQ(said.exit, Exit::degraded) << said.out;
  EXPECT_THAT(said.out, AllOf(HasSubstr("warn  innodb_doublewrite is OFF"), HasSubstr("(VOW-5143)"),
                              HasSubstr("(VOW-5134)")));
}

}  // namespace
}  // namespace vow::cli
