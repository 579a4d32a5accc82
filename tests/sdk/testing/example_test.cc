// A service that moves money between two databases, and its test: whatever step its process dies at, no money
// is lost or made.
#include <filesystem>
#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vow/sqlite.h"
#include "vow/testing.h"

namespace {

using vow::testing::step;

// The service. It takes its client's options from outside: that is all that a test needs.
class bank {
 public:
  bank(vow::client_options options, const std::string& folder)
      : client_(std::move(options)),
        current_(client_, "current", folder + "/current.db"),
        savings_(client_, "savings", folder + "/savings.db") {}

  void save(int amount) {
    client_.run("save", [&](vow::tx& in) {
      add(in, current_, -amount);
      add(in, savings_, amount);
    });
  }

 private:
  static void add(vow::tx& in, vow::sqlite::resource& account, int amount) {
    account.branch_of(in).execute("UPDATE account SET balance = balance + " + std::to_string(amount));
  }

  vow::client client_;
  vow::sqlite::resource current_;
  vow::sqlite::resource savings_;
};

class bank_test : public ::testing::TestWithParam<std::tuple<step, bool>> {
 protected:
  bank_test() {
    std::filesystem::create_directories(folder_);
    ask("current", "CREATE TABLE account(balance INTEGER); INSERT INTO account VALUES (100)");
    ask("savings", "CREATE TABLE account(balance INTEGER); INSERT INTO account VALUES (0)");
  }
  ~bank_test() override { std::filesystem::remove_all(folder_); }

  int balance(const std::string& account) { return ask(account, "SELECT balance FROM account"); }

  // With a plain connection, as somebody else would who looks into the database.
  int ask(const std::string& account, const std::string& sql) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open((folder_ + "/" + account + ".db").c_str(), &database), SQLITE_OK);
    int answer = 0;
    const auto keep = [](void* into, int, char** values, char**) {
      *static_cast<int*>(into) = std::stoi(values[0]);
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), keep, &answer, nullptr), SQLITE_OK);
    sqlite3_close(database);
    return answer;
  }

  const std::string folder_ = ::testing::TempDir() + "/bank-" + std::to_string(::getpid());
  vow::testing::cluster cluster_;
};

TEST_P(bank_test, keeps_all_money_wherever_its_process_dies) {
  const auto [at, after] = GetParam();
  if (after) {
    cluster_.crash_after(at);
  } else {
    cluster_.crash_before(at);
  }
  {
    bank dies(cluster_.options("bank"), folder_);
    EXPECT_THROW(dies.save(30), vow::testing::crashed);
  }

  // The service is started again. It knows nothing of what happened; its client finds what is left.
  bank again(cluster_.options("bank"), folder_);
  cluster_.settle();
  const int saved = balance("savings");
  EXPECT_EQ(balance("current") + saved, 100);
  const bool was_decided = at > step::commit || (at == step::commit && after);
  EXPECT_EQ(saved, was_decided ? 30 : 0);

  again.save(5);
  EXPECT_EQ(balance("savings"), saved + 5);
}

INSTANTIATE_TEST_SUITE_P(every_step, bank_test,
                         ::testing::Combine(::testing::Values(step::enlist, step::prepare, step::vote,
                                                              step::commit, step::decide, step::end,
                                                              step::acknowledge),
                                            ::testing::Bool()),
                         [](const auto& of) {
                           return std::string(std::get<1>(of.param) ? "after_" : "before_") +
                                  std::string(name(std::get<0>(of.param)));
                         });

}  // namespace
