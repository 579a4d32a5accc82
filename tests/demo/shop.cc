#include "tests/demo/shop.h"

#include <chrono>
#include <map>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "tests/support/free_ports.h"

namespace vow::demo {
namespace {

constexpr const char* names[] = {"inventory", "payments", "orders"};
constexpr int coins_of_a_piece = 3;

std::string local(std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); }

}  // namespace

Shop::Shop(const std::string& folder, const Databases& databases, const How& how, std::int64_t pieces)
    : ports_(testing::free_ports(3)), held_(ports_[1]) {
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string binary = how.with_vow ? fmt::format("{}/shop-{}", SHOP_FOLDER, names[i])
                                            : fmt::format("{}/shop-without-vow", SHOP_FOLDER);
    processes_[i] = std::make_unique<Process>(
        Process::Command{.words = {binary, names[i]},
                         .environment = {{"LISTEN", local(ports_[i])},
                                         {"DATABASE", databases.urls().at(i)},
                                         {"INVENTORY", "http://" + local(ports_[0])},
                                         {"PAYMENTS", "http://" + local(held_.port())},
                                         {"CHARGES", how.charges},
                                         {"ORDER_TIMEOUT_S", std::to_string(how.order_timeout_s)},
                                         {"VOW_COORDINATORS", how.coordinators},
                                         {"VOW_PROCESS", names[i]}},
                         .log = fmt::format("{}/{}.log", folder, names[i])});
    start(static_cast<Service>(i));
  }
  const auto put = http::send("PUT", ports_[0], "/items/tea",
                              fmt::format(R"({{"pieces":{},"coins":{}}})", pieces, coins_of_a_piece));
  if (put.status != 200) throw std::runtime_error("the inventory takes no tea: " + put.body);
}

void Shop::start(Service which) {
  Process& one = process(which);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  one.start();
  while (http::get(ports_[static_cast<std::size_t>(which)], "/health").status != 200) {
    const bool is_alive = one.is_running();
    if (!is_alive || std::chrono::steady_clock::now() > until)
      throw std::runtime_error(fmt::format("{} {}; {} says why", names[static_cast<std::size_t>(which)],
                                           is_alive ? "does not answer" : "has ended", one.log()));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void Shop::stop() {
  for (auto& each : processes_) each->stop();
}

void Shop::open_account(const std::string& owner, std::int64_t coins) const {
  const auto put =
      http::send("PUT", ports_[1], "/accounts/" + owner, fmt::format(R"({{"coins":{}}})", coins));
  if (put.status != 200) throw std::runtime_error("payments open no account: " + put.body);
}

std::int64_t Shop::coins_of(const std::string& owner) const {
  return http::get(ports_[1], "/accounts/" + owner).json().optValue<std::int64_t>("coins", -1);
}

http::Answer Shop::order(const std::string& id, const std::string& customer, std::int64_t pieces) const {
  return http::send(
      "POST", ports_[2], "/orders",
      fmt::format(R"({{"id":"{}","customer":"{}","item":"tea","pieces":{}}})", id, customer, pieces));
}

}  // namespace vow::demo
