// Names the modules that speak to servers, and meets none: each says in our words that it cannot be reached.
#include <cstdio>
#include <functional>
#include <memory>

#include <Payments.h>
#include <pqxx/pqxx>
#include <thrift/protocol/TBinaryProtocol.h>
#include <vow/client.h>
#include <vow/mysql.h>
#include <vow/poco.h>
#include <vow/postgres.h>
#include <vow/thrift.h>

namespace {

bool is_refused(const std::function<void()>& meet) {
  try {
    meet();
    return false;
  } catch (const vow::error& why) {
    std::puts(why.what());
    return true;
  }
}

void meet_postgres(vow::client& client) {
  const auto connect = [] { return std::make_unique<pqxx::connection>("host=/nowhere user=nobody"); };
  vow::postgres::resource orders(client, "orders", connect);
  client.run("never", [&](vow::tx& tx) { orders.enlist(tx).exec("select 1"); });
}

void meet_mysql(vow::client& client) {
  const vow::mysql::parameters where{.socket = "/nowhere", .user = "nobody"};
  vow::mysql::resource money(client, "money", vow::mysql::connect_to(where));
  client.run("never", [&](vow::tx& tx) { vow::mysql::run(money.enlist(tx), "SELECT 1"); });
}

void meet_by_http(vow::client& client) {
  Poco::Net::HTTPClientSession nobody("127.0.0.1", 1);
  client.run("never", {.retry = vow::retry::never()}, [&](vow::tx& tx) {
    vow::poco::send(tx, nobody, Poco::Net::HTTPRequest(Poco::Net::HTTPRequest::HTTP_GET, "/"));
  });
}

void meet_by_thrift(vow::client& client) {
  using apache::thrift::protocol::TBinaryProtocol;
  using apache::thrift::transport::TBufferedTransport;
  using apache::thrift::transport::TSocket;
  const auto nobody = std::make_shared<TBufferedTransport>(std::make_shared<TSocket>("127.0.0.1", 1));
  PaymentsClient payments(std::make_shared<TBinaryProtocol>(nobody));
  client.run("never", {.retry = vow::retry::never()},
             [&](vow::tx& tx) { vow::thrift::call(tx, payments, &PaymentsClient::pay, PayRequest()); });
}

}  // namespace

int main() {
  vow::client client;
  bool all = true;
  for (const auto meet : {meet_postgres, meet_mysql, meet_by_http, meet_by_thrift})
    all = is_refused([&] { meet(client); }) && all;
  return all ? 0 : 1;
}
