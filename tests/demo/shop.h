// The shop's three services as processes: examples/order-payment, or the same without Vow.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/demo/databases.h"
#include "tests/demo/held_answers.h"
#include "tests/demo/http.h"
#include "tests/demo/process.h"

namespace vow::demo {

class Shop {
 public:
  struct How {
    bool with_vow = true;
    std::string coordinators;
    std::string charges = "xa";
    int order_timeout_s = 3;
  };
  // Returns once all of them answer, with so many pieces of tea at three coins each, and no accounts.
  Shop(const std::string& folder, const Databases& databases, const How& how, std::int64_t pieces);

  enum class Service : std::uint8_t { inventory, payments, orders };
  void kill(Service which) { process(which).kill(); }
  // Returns once it answers.
  void start(Service which);
  void restart(Service which) {
    kill(which);
    start(which);
  }
  [[nodiscard]] const std::string& log(Service which) { return process(which).log(); }
  // Asks them to end, and waits for it.
  void stop();

  void open_account(const std::string& owner, std::int64_t coins) const;
  [[nodiscard]] std::int64_t coins_of(const std::string& owner) const;
  [[nodiscard]] http::Answer order(const std::string& id, const std::string& customer,
                                   std::int64_t pieces) const;
  // The payments' answers to the orders.
  [[nodiscard]] HeldAnswers& payments_answers() { return held_; }
  [[nodiscard]] std::uint16_t orders_port() const { return ports_[2]; }

 private:
  [[nodiscard]] Process& process(Service which) { return *processes_[static_cast<std::size_t>(which)]; }

  const std::vector<std::uint16_t> ports_;
  HeldAnswers held_;
  std::unique_ptr<Process> processes_[3];
};

}  // namespace vow::demo
