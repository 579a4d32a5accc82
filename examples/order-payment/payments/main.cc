// The payments: how many coins each customer has.
//
//   PUT /accounts/ada  {"coins": 100}                 how it is from now on
//   GET /accounts/ada                                 how it is
//   POST /charges      {"owner": "ada", "coins": 6}   charges them, as a part of the caller's transaction
//
// Environment: LISTEN, DATABASE, VOW_COORDINATORS, VOW_PROCESS; CHARGES, which is xa or reservations
// (charging.h).
#include <vow/client.h>
#include <vow/poco.h>

#include "client.h"
#include "database/database.h"
#include "http/server.h"
#include "payments/charging.h"
#include "settings.h"

namespace {

using Poco::Net::HTTPResponse;

constexpr const char* tables =
    "CREATE TABLE IF NOT EXISTS account(owner VARCHAR(64) PRIMARY KEY, coins BIGINT NOT NULL, "
    "reserved BIGINT NOT NULL)";

class Payments {
 public:
  Payments(vow::client& client, shop::Database& accounts, shop::Charging& charging)
      : client_(client), accounts_(accounts), charging_(charging) {}

  void put(shop::Request& request, shop::Response& response, const std::string& owner) {
    const shop::Body body(request);
    const std::int64_t coins = body.count("coins");
    client_.run("put-account", [&](vow::tx& tx) {
      const auto db = accounts_.in(tx);
      db->change("DELETE FROM account WHERE owner = ?", {owner});
      db->change("INSERT INTO account(owner, coins, reserved) VALUES (?, ?, 0)", {owner, coins});
    });
    shop::answer(response, HTTPResponse::HTTP_OK, body.json());
  }

  void get(shop::Request&, shop::Response& response, const std::string& owner) {
    const auto rows = client_.run("get-account", [&](vow::tx& tx) {
      return accounts_.in(tx)->ask("SELECT coins, reserved FROM account WHERE owner = ?", {owner});
    });
    if (rows.empty()) return shop::answer(response, HTTPResponse::HTTP_NOT_FOUND, {});
    Poco::JSON::Object body;
    body.set("coins", std::stoll(rows[0][0]));
    body.set("reserved", std::stoll(rows[0][1]));
    shop::answer(response, HTTPResponse::HTTP_OK, body);
  }

  void charge(shop::Request& request, shop::Response& response, const std::string&) {
    const shop::Body body(request);
    const std::string owner = body.text("owner");
    const std::int64_t coins = body.count("coins");
    response.setContentType("application/json");
    vow::poco::serve(client_, "charge", request, response, [&](vow::tx& tx) {
      charging_.charge(tx, owner, coins);
      return shop::text_of(body.json());
    });
  }

 private:
  vow::client& client_;
  shop::Database& accounts_;
  shop::Charging& charging_;
};

}  // namespace

int main() {
  return shop::run_service([] {
    vow::client client(shop::client_options());
    const auto accounts =
        shop::open_database(client, "payments-db", shop::setting("DATABASE", "sqlite:payments.db"), tables);
    const auto charging = shop::charging_by(shop::setting("CHARGES", "xa"), *accounts);
    Payments payments(client, *accounts, *charging);
    shop::Routes routes;
    routes.add("PUT", "/accounts/", std::bind_front(&Payments::put, &payments));
    routes.add("GET", "/accounts/", std::bind_front(&Payments::get, &payments));
    routes.add("POST", "/charges", std::bind_front(&Payments::charge, &payments));
    shop::serve_until_stopped("payments", shop::setting("LISTEN", "127.0.0.1:7502"), routes);
  });
}
