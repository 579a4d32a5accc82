// A program of a user's: a purchase over two databases, and errors that come out of the library.
//
//   shop FOLDER     the coordinator is where VOW_COORDINATORS says
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <typeinfo>

#include <sqlite3.h>
#include <vow/client.h>
#include <vow/sqlite.h>

namespace {

void expect(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "shop: it should be so: %s\n", what);
  std::exit(1);
}

void execute(sqlite3* in, const std::string& statement) {
  char* why = nullptr;
  if (sqlite3_exec(in, statement.c_str(), nullptr, nullptr, &why) == SQLITE_OK) return;
  std::fprintf(stderr, "shop: %s: %s\n", statement.c_str(), why);
  std::exit(1);
}

// A database with one row; what is left there is read by a connection that knows nothing of Vow.
class shelf {
 public:
  explicit shelf(std::string path) : path_(std::move(path)) {
    on_its_own(
        "CREATE TABLE stock(item TEXT PRIMARY KEY, left INTEGER); INSERT INTO stock VALUES('tea', 10)");
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int left() const {
    sqlite3* db = open();
    sqlite3_stmt* read = nullptr;
    expect(sqlite3_prepare_v2(db, "SELECT left FROM stock", -1, &read, nullptr) == SQLITE_OK,
           "stock is read");
    expect(sqlite3_step(read) == SQLITE_ROW, "there is a row");
    const int left = sqlite3_column_int(read, 0);
    sqlite3_finalize(read);
    sqlite3_close(db);
    return left;
  }

 private:
  [[nodiscard]] sqlite3* open() const {
    sqlite3* db = nullptr;
    expect(sqlite3_open(path_.c_str(), &db) == SQLITE_OK, "the database opens");
    return db;
  }
  void on_its_own(const std::string& statement) const {
    sqlite3* db = open();
    execute(db, statement);
    sqlite3_close(db);
  }

  std::string path_;
};

void buy(vow::tx& in, vow::sqlite::resource& from, int count) {
  execute(from.enlist(in), "UPDATE stock SET left = left - " + std::to_string(count));
}

// The error's dynamic type is the same type on both sides of the library's border.
void catches_what_the_library_throws(vow::client& client, const std::string& path) {
  try {
    const vow::sqlite::resource nameless(client, "", path);
    expect(false, "a resource without a name is refused");
  } catch (const std::exception& why) {
    expect(typeid(why) == typeid(vow::misuse), "the refusal is a vow::misuse");
    const auto* const known = dynamic_cast<const vow::error*>(&why);
    expect(known != nullptr && known->code().starts_with("VOW-"), "the refusal has a code");
  }
}

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  const shelf here(folder + "/here.db");
  const shelf there(folder + "/there.db");
  vow::client client;
  vow::sqlite::resource nearby(client, "nearby", here.path());
  vow::sqlite::resource afar(client, "afar", there.path());

  const auto xid = client.run("buy", [&](vow::tx& tx) {
    buy(tx, nearby, 1);
    buy(tx, afar, 2);
    return tx.xid();
  });
  expect(client.wait(xid, std::chrono::seconds(10)) == vow::outcome::committed, "the purchase is committed");
  expect(here.left() == 9 && there.left() == 8, "both databases have it");

  // Errors of ours pass through the library as they are.
  const auto refused = client.try_run("change of mind", {.retry = vow::retry::never()}, [&](vow::tx& tx) {
    buy(tx, nearby, 5);
    throw vow::rolled_back({.code = "SHOP-1", .what = "too dear", .hint = "", .xid = tx.xid()});
  });
  expect(!refused && refused.error().code() == "SHOP-1", "what the function throws comes back");
  expect(here.left() == 9, "nothing is left of it");

  catches_what_the_library_throws(client, here.path());
  std::puts("shop: as it should be");
}
