// The orders: what customers have bought. An order takes pieces from the inventory, charges the customer, and
// is booked here: all three, or none.
//
//   POST /orders  {"id": "o-17", "customer": "ada", "item": "tea", "pieces": 2}
//     201  it is booked; 200: it was before, so it may be sent again
//     402, 409  it cannot be: not enough coins, out of stock. Nothing was done
//     503  not now. Nothing was done
//     202  not known yet: ask GET /orders/o-17, or send it again
//   GET /orders/o-17
//
// Environment: LISTEN, DATABASE, INVENTORY, PAYMENTS, ORDER_TIMEOUT_S, VOW_COORDINATORS, VOW_PROCESS.
#include <optional>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/URI.h>
#include <vow/client.h>
#include <vow/poco.h>

#include "client.h"
#include "database/database.h"
#include "http/server.h"
#include "settings.h"

namespace {

using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

constexpr const char* tables =
    "CREATE TABLE IF NOT EXISTS purchase(id VARCHAR(64) PRIMARY KEY, customer VARCHAR(64) NOT NULL, "
    "item VARCHAR(64) NOT NULL, pieces BIGINT NOT NULL, coins BIGINT NOT NULL)";

// Another service of ours.
class Service {
 public:
  explicit Service(const std::string& url) : url_(url) {}

  // Throws what run() understands if it is not done.
  Poco::JSON::Object::Ptr post(vow::tx& tx, const std::string& path, const Poco::JSON::Object& body) const {
    Poco::Net::HTTPClientSession session(url_.getHost(), url_.getPort());
    session.setTimeout(Poco::Timespan(5, 0));
    const HTTPRequest request(HTTPRequest::HTTP_POST, path, HTTPRequest::HTTP_1_1);
    const auto answer = vow::poco::send(tx, session, request, shop::text_of(body));
    return Poco::JSON::Parser().parse(answer.body).extract<Poco::JSON::Object::Ptr>();
  }

 private:
  const Poco::URI url_;
};

struct Order {
  std::string id;
  std::string customer;
  std::string item;
  std::int64_t pieces = 0;
  std::int64_t coins = 0;
  bool is_new = true;

  [[nodiscard]] static Order of(const shop::Body& body) {
    return {.id = body.text("id"),
            .customer = body.text("customer"),
            .item = body.text("item"),
            .pieces = body.count("pieces")};
  }
  [[nodiscard]] Poco::JSON::Object json() const {
    Poco::JSON::Object body;
    body.set("id", id);
    body.set("customer", customer);
    body.set("item", item);
    body.set("pieces", pieces);
    body.set("coins", coins);
    return body;
  }
};

class Orders {
 public:
  Orders(vow::client& client, shop::Database& purchases, Service inventory, Service payments,
         vow::run_options how)
      : client_(client),
        purchases_(purchases),
        inventory_(std::move(inventory)),
        payments_(std::move(payments)),
        how_(std::move(how)) {}

  void post(shop::Request& request, shop::Response& response, const std::string&) {
    const Order wanted = Order::of(shop::Body(request));
    try {
      const Order booked = client_.run("place-order", how_, [&](vow::tx& tx) { return place(tx, wanted); });
      shop::answer(response, booked.is_new ? HTTPResponse::HTTP_CREATED : HTTPResponse::HTTP_OK,
                   booked.json());
    } catch (const vow::poco::bad_status& why) {
      const bool is_refused = why.status() == HTTPResponse::HTTP_PAYMENT_REQUIRED ||
                              (why.status() == HTTPResponse::HTTP_CONFLICT && !why.retryable());
      const shop::Status status = is_refused ? why.status() : HTTPResponse::HTTP_SERVICE_UNAVAILABLE;
      answer_not_done(response, status, why, vow::poco::statement_in(why.got().response, why.got().body).why);
    } catch (const vow::outcome_unknown& why) {
      answer_not_done(response, HTTPResponse::HTTP_ACCEPTED, why, why.what());
    } catch (const vow::error& why) {
      answer_not_done(response, HTTPResponse::HTTP_SERVICE_UNAVAILABLE, why, why.what());
    }
  }

  void get(shop::Request&, shop::Response& response, const std::string& id) {
    const auto found = client_.run("get-order", [&](vow::tx& tx) { return find(*purchases_.in(tx), id); });
    if (!found) return shop::answer(response, HTTPResponse::HTTP_NOT_FOUND, {});
    shop::answer(response, HTTPResponse::HTTP_OK, found->json());
  }

 private:
  // The other services first: what they refuse need not be undone here.
  Order place(vow::tx& tx, Order order) {
    if (const auto before = find(*purchases_.in(tx), order.id)) return *before;
    Poco::JSON::Object taking;
    taking.set("item", order.item);
    taking.set("pieces", order.pieces);
    order.coins = inventory_.post(tx, "/takings", taking)->getValue<std::int64_t>("coins");
    Poco::JSON::Object charge;
    charge.set("owner", order.customer);
    charge.set("coins", order.coins);
    (void)payments_.post(tx, "/charges", charge);
    purchases_.in(tx)->change(
        "INSERT INTO purchase(id, customer, item, pieces, coins) VALUES (?, ?, ?, ?, ?)",
        {order.id, order.customer, order.item, order.pieces, order.coins});
    return order;
  }

  [[nodiscard]] static std::optional<Order> find(shop::Statements& in, const std::string& id) {
    const auto rows = in.ask("SELECT customer, item, pieces, coins FROM purchase WHERE id = ?", {id});
    if (rows.empty()) return std::nullopt;
    return Order{id, rows[0][0], rows[0][1], std::stoll(rows[0][2]), std::stoll(rows[0][3]), false};
  }

  static void answer_not_done(shop::Response& response, shop::Status status, const vow::error& why,
                              const std::string& detail) {
    Poco::JSON::Object problem;
    problem.set("code", why.code());
    problem.set("detail", detail);
    problem.set("xid", why.xid());
    shop::answer(response, status, problem);
  }

  vow::client& client_;
  shop::Database& purchases_;
  const Service inventory_;
  const Service payments_;
  const vow::run_options how_;
};

}  // namespace

int main() {
  return shop::run_service([] {
    vow::client client(shop::client_options());
    const auto purchases =
        shop::open_database(client, "orders-db", shop::setting("DATABASE", "sqlite:orders.db"), tables);
    const auto timeout = std::chrono::seconds(std::stoi(shop::setting("ORDER_TIMEOUT_S", "10")));
    Orders orders(client, *purchases, Service(shop::setting("INVENTORY", "http://127.0.0.1:7501")),
                  Service(shop::setting("PAYMENTS", "http://127.0.0.1:7502")), {.timeout = timeout});
    shop::Routes routes;
    routes.add("POST", "/orders", std::bind_front(&Orders::post, &orders));
    routes.add("GET", "/orders/", std::bind_front(&Orders::get, &orders));
    shop::serve_until_stopped("orders", shop::setting("LISTEN", "127.0.0.1:7500"), routes);
  });
}
