// The inventory: how many pieces of each item there are, and what a piece costs.
//
//   PUT /items/tea  {"pieces": 10, "coins": 3}     how it is from now on
//   GET /items/tea                                 how it is
//   POST /takings   {"item": "tea", "pieces": 2}   takes them, as a part of the caller's transaction
//
// Environment: LISTEN, DATABASE, VOW_COORDINATORS, VOW_PROCESS.
#include <vow/client.h>
#include <vow/poco.h>

#include "client.h"
#include "database/database.h"
#include "http/server.h"
#include "settings.h"

namespace {

using Poco::Net::HTTPResponse;

constexpr const char* tables =
    "CREATE TABLE IF NOT EXISTS item(name VARCHAR(64) PRIMARY KEY, pieces BIGINT NOT NULL, coins BIGINT NOT "
    "NULL)";

class Inventory {
 public:
  Inventory(vow::client& client, shop::Database& items) : client_(client), items_(items) {}

  void put(shop::Request& request, shop::Response& response, const std::string& name) {
    const shop::Body body(request);
    const std::int64_t pieces = body.count("pieces");
    const std::int64_t coins = body.count("coins");
    client_.run("put-item", [&](vow::tx& tx) {
      const auto db = items_.in(tx);
      db->change("DELETE FROM item WHERE name = ?", {name});
      db->change("INSERT INTO item(name, pieces, coins) VALUES (?, ?, ?)", {name, pieces, coins});
    });
    shop::answer(response, HTTPResponse::HTTP_OK, body.json());
  }

  void get(shop::Request&, shop::Response& response, const std::string& name) {
    const auto rows = client_.run("get-item", [&](vow::tx& tx) {
      return items_.in(tx)->ask("SELECT pieces, coins FROM item WHERE name = ?", {name});
    });
    if (rows.empty()) return shop::answer(response, HTTPResponse::HTTP_NOT_FOUND, {});
    Poco::JSON::Object body;
    body.set("pieces", std::stoll(rows[0][0]));
    body.set("coins", std::stoll(rows[0][1]));
    shop::answer(response, HTTPResponse::HTTP_OK, body);
  }

  void take(shop::Request& request, shop::Response& response, const std::string&) {
    const shop::Body body(request);
    const std::string item = body.text("item");
    const std::int64_t pieces = body.count("pieces");
    response.setContentType("application/json");
    vow::poco::serve(client_, "take-items", request, response, [&](vow::tx& tx) {
      const auto db = items_.in(tx);
      const std::size_t taken = db->change(
          "UPDATE item SET pieces = pieces - ? WHERE name = ? AND pieces >= ?", {pieces, item, pieces});
      if (taken == 0) throw vow::poco::refusal(HTTPResponse::HTTP_CONFLICT, item + " is out of stock");
      const auto rows = db->ask("SELECT coins FROM item WHERE name = ?", {item});
      Poco::JSON::Object took;
      took.set("coins", pieces * std::stoll(rows.at(0).at(0)));
      return shop::text_of(took);
    });
  }

 private:
  vow::client& client_;
  shop::Database& items_;
};

}  // namespace

int main() {
  return shop::run_service([] {
    vow::client client(shop::client_options());
    const auto items =
        shop::open_database(client, "inventory-db", shop::setting("DATABASE", "sqlite:inventory.db"), tables);
    Inventory inventory(client, *items);
    shop::Routes routes;
    routes.add("PUT", "/items/", std::bind_front(&Inventory::put, &inventory));
    routes.add("GET", "/items/", std::bind_front(&Inventory::get, &inventory));
    routes.add("POST", "/takings", std::bind_front(&Inventory::take, &inventory));
    shop::serve_until_stopped("inventory", shop::setting("LISTEN", "127.0.0.1:7501"), routes);
  });
}
