// The three services as they would be without Vow, in one program: each commits its own part at once, on
// SQLite. They take care where one can: an order that is refused half-way gives back what it took. What they
// cannot know is what happened when an answer is lost or a process dies; there, pieces and coins go missing.
//
//   shop-without-vow inventory|payments|orders       with the routes and the environment of the real ones
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>

#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <sqlite3.h>

#include "http/server.h"
#include "settings.h"

namespace {

using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

// Thread-safe: one statement at a time, each a transaction.
class File {
 public:
  File(const std::string& url, const char* tables) {
    if (sqlite3_open(url.substr(url.find(':') + 1).c_str(), &on_) != SQLITE_OK) fail();
    sqlite3_busy_timeout(on_, 10'000);
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run(tables);
  }
  ~File() { sqlite3_close(on_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Returns how many rows it has changed. `texts` take the places of ?1, ?2, ...
  int change(const std::string& sql, const std::vector<std::string>& texts) {
    const std::lock_guard lock(mutex_);
    (void)ask_locked(sql, texts);
    return sqlite3_changes(on_);
  }
  // The first column of the first row; empty: there is none.
  std::string ask(const std::string& sql, const std::vector<std::string>& texts) {
    const std::lock_guard lock(mutex_);
    return ask_locked(sql, texts);
  }

 private:
  void run(const char* sql) {
    if (sqlite3_exec(on_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  [[noreturn]] void fail() const { throw std::runtime_error(sqlite3_errmsg(on_)); }
  std::string ask_locked(const std::string& sql, const std::vector<std::string>& texts) {
    sqlite3_stmt* compiled = nullptr;
    if (sqlite3_prepare_v2(on_, sql.c_str(), -1, &compiled, nullptr) != SQLITE_OK) fail();
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(compiled, sqlite3_finalize);
    for (std::size_t i = 0; i < texts.size(); ++i)
      sqlite3_bind_text(compiled, static_cast<int>(i) + 1, texts[i].c_str(), -1, SQLITE_TRANSIENT);
    const int result = sqlite3_step(compiled);
    if (result == SQLITE_DONE) return {};
    if (result != SQLITE_ROW) fail();
    return reinterpret_cast<const char*>(sqlite3_column_text(compiled, 0));
  }

  sqlite3* on_ = nullptr;
  std::mutex mutex_;  // guards the connection
};

Poco::JSON::Object pair(const std::string& key, std::int64_t value) {
  Poco::JSON::Object body;
  body.set(key, value);
  return body;
}

void run_inventory(const std::string& database, const std::string& listen) {
  File items(database,
             "CREATE TABLE IF NOT EXISTS item(name TEXT PRIMARY KEY, pieces INTEGER NOT NULL, coins INTEGER "
             "NOT NULL)");
  shop::Routes routes;
  routes.add("PUT", "/items/", [&](auto& request, auto& response, const std::string& name) {
    const shop::Body body(request);
    items.change("INSERT OR REPLACE INTO item VALUES (?1, CAST(?2 AS INTEGER), CAST(?3 AS INTEGER))",
                 {name, std::to_string(body.count("pieces")), std::to_string(body.count("coins"))});
    shop::answer(response, HTTPResponse::HTTP_OK, body.json());
  });
  routes.add("POST", "/takings", [&](auto& request, auto& response, const std::string&) {
    const shop::Body body(request);
    const std::string pieces = std::to_string(body.count("pieces"));
    const bool is_taken =
        items.change("UPDATE item SET pieces = pieces - ?1 WHERE name = ?2 AND pieces >= CAST(?1 AS INTEGER)",
                     {pieces, body.text("item")}) > 0;
    if (!is_taken) return shop::answer(response, HTTPResponse::HTTP_CONFLICT, {});
    const std::string coins =
        items.ask("SELECT coins * ?1 FROM item WHERE name = ?2", {pieces, body.text("item")});
    shop::answer(response, HTTPResponse::HTTP_OK, pair("coins", std::stoll(coins)));
  });
  routes.add("POST", "/returns", [&](auto& request, auto& response, const std::string&) {
    const shop::Body body(request);
    items.change("UPDATE item SET pieces = pieces + ?1 WHERE name = ?2",
                 {std::to_string(body.count("pieces")), body.text("item")});
    shop::answer(response, HTTPResponse::HTTP_OK, body.json());
  });
  shop::serve_until_stopped("inventory", listen, routes);
}

void run_payments(const std::string& database, const std::string& listen) {
  File accounts(
      database,
      "CREATE TABLE IF NOT EXISTS account(owner TEXT PRIMARY KEY, coins INTEGER NOT NULL, reserved INTEGER "
      "NOT NULL)");
  shop::Routes routes;
  routes.add("PUT", "/accounts/", [&](auto& request, auto& response, const std::string& owner) {
    const shop::Body body(request);
    accounts.change("INSERT OR REPLACE INTO account VALUES (?1, CAST(?2 AS INTEGER), 0)",
                    {owner, std::to_string(body.count("coins"))});
    shop::answer(response, HTTPResponse::HTTP_OK, body.json());
  });
  routes.add("GET", "/accounts/", [&](auto&, auto& response, const std::string& owner) {
    const std::string coins = accounts.ask("SELECT coins FROM account WHERE owner = ?1", {owner});
    shop::answer(response, HTTPResponse::HTTP_OK, pair("coins", std::stoll(coins)));
  });
  routes.add("POST", "/charges", [&](auto& request, auto& response, const std::string&) {
    const shop::Body body(request);
    const bool is_charged =
        accounts.change(
            "UPDATE account SET coins = coins - ?1 WHERE owner = ?2 AND coins >= CAST(?1 AS INTEGER)",
            {std::to_string(body.count("coins")), body.text("owner")}) > 0;
    shop::answer(response, is_charged ? HTTPResponse::HTTP_OK : HTTPResponse::HTTP_PAYMENT_REQUIRED,
                 body.json());
  });
  shop::serve_until_stopped("payments", listen, routes);
}

struct Answer {
  shop::Status status;
  std::string body;
};

Answer post(const std::string& url, const std::string& path, const Poco::JSON::Object& body) {
  const Poco::URI to(url);
  Poco::Net::HTTPClientSession session(to.getHost(), to.getPort());
  session.setTimeout(Poco::Timespan(3, 0));
  HTTPRequest request(HTTPRequest::HTTP_POST, path, HTTPRequest::HTTP_1_1);
  const std::string text = shop::text_of(body);
  request.setContentLength(static_cast<std::streamsize>(text.size()));
  session.sendRequest(request) << text;
  HTTPResponse response;
  Answer got{};
  Poco::StreamCopier::copyToString(session.receiveResponse(response), got.body);
  got.status = response.getStatus();
  return got;
}

void run_orders(const std::string& database, const std::string& listen) {
  const std::string inventory = shop::setting("INVENTORY", "http://127.0.0.1:7501");
  const std::string payments = shop::setting("PAYMENTS", "http://127.0.0.1:7502");
  File purchases(
      database,
      "CREATE TABLE IF NOT EXISTS purchase(id TEXT PRIMARY KEY, customer TEXT NOT NULL, item TEXT NOT NULL, "
      "pieces INTEGER NOT NULL, coins INTEGER NOT NULL)");
  shop::Routes routes;
  routes.add("POST", "/orders", [&](auto& request, auto& response, const std::string&) {
    const shop::Body body(request);
    const std::string id = body.text("id");
    if (!purchases.ask("SELECT id FROM purchase WHERE id = ?1", {id}).empty())
      return shop::answer(response, HTTPResponse::HTTP_OK, body.json());
    const Answer taken = post(inventory, "/takings", body.json());
    if (taken.status != HTTPResponse::HTTP_OK) return shop::answer(response, taken.status, {});
    auto charge = *Poco::JSON::Parser().parse(taken.body).template extract<Poco::JSON::Object::Ptr>();
    charge.set("owner", body.text("customer"));
    const Answer charged = post(payments, "/charges", charge);
    if (charged.status != HTTPResponse::HTTP_OK) {
      (void)post(inventory, "/returns", body.json());
      return shop::answer(response, charged.status, {});
    }
    purchases.change("INSERT INTO purchase VALUES (?1, ?2, ?3, CAST(?4 AS INTEGER), CAST(?5 AS INTEGER))",
                     {id, body.text("customer"), body.text("item"), std::to_string(body.count("pieces")),
                      charge.get("coins").toString()});
    shop::answer(response, HTTPResponse::HTTP_CREATED, body.json());
  });
  shop::serve_until_stopped("orders", listen, routes);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string role = count > 1 ? arguments[1] : "";
  return shop::run_service([&] {
    const std::string database = shop::setting("DATABASE", "sqlite:" + role + ".db");
    const std::string listen = shop::setting("LISTEN", "127.0.0.1:0");
    if (role == "inventory") return run_inventory(database, listen);
    if (role == "payments") return run_payments(database, listen);
    if (role == "orders") return run_orders(database, listen);
    throw std::invalid_argument("shop-without-vow inventory|payments|orders");
  });
}
