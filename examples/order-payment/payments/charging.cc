#include "payments/charging.h"

#include <stdexcept>

#include <vow/poco.h>

namespace shop {
namespace {

void refuse(const std::string& owner, std::int64_t coins) {
  throw vow::poco::refusal(Poco::Net::HTTPResponse::HTTP_PAYMENT_REQUIRED,
                           owner + " does not have " + std::to_string(coins) + " coins");
}

class ByTheDatabase final : public Charging {
 public:
  explicit ByTheDatabase(Database& accounts) : accounts_(accounts) {}
  void charge(vow::tx& tx, const std::string& owner, std::int64_t coins) override {
    const std::size_t charged = accounts_.in(tx)->change(
        "UPDATE account SET coins = coins - ? WHERE owner = ? AND coins >= ?", {coins, owner, coins});
    if (charged == 0) refuse(owner, coins);
  }

 private:
  Database& accounts_;
};

// What travels from the attempt to its end: "6 ada".
struct Reservation {
  std::int64_t coins;
  std::string owner;

  [[nodiscard]] std::string text() const { return std::to_string(coins) + ' ' + owner; }
  [[nodiscard]] static Reservation of(const std::string& text) {
    const auto space = text.find(' ');
    return {std::stoll(text.substr(0, space)), text.substr(space + 1)};
  }
};

void reserve(Statements& db, std::string& bytes) {
  const auto [coins, owner] = Reservation::of(bytes);
  const std::size_t reserved = db.change(
      "UPDATE account SET coins = coins - ?, reserved = reserved + ? WHERE owner = ? AND coins >= ?",
      {coins, coins, owner, coins});
  if (reserved == 0) refuse(owner, coins);
}
void spend(Statements& db, std::string& bytes) {
  const auto [coins, owner] = Reservation::of(bytes);
  db.change("UPDATE account SET reserved = reserved - ? WHERE owner = ?", {coins, owner});
}
void give_back(Statements& db, std::string& bytes) {
  const auto [coins, owner] = Reservation::of(bytes);
  db.change("UPDATE account SET coins = coins + ?, reserved = reserved - ? WHERE owner = ?",
            {coins, coins, owner});
}

class ByReservation final : public Charging {
 public:
  explicit ByReservation(Database& accounts) : reserve_(accounts.tcc("charge", reserve, spend, give_back)) {}
  void charge(vow::tx& tx, const std::string& owner, std::int64_t coins) override {
    reserve_(tx, Reservation{coins, owner}.text());
  }

 private:
  const vow::action reserve_;
};

}  // namespace

std::unique_ptr<Charging> charging_by(const std::string& mode, Database& accounts) {
  if (mode == "xa") return std::make_unique<ByTheDatabase>(accounts);
  if (mode == "reservations") return std::make_unique<ByReservation>(accounts);
  throw std::invalid_argument("CHARGES is '" + mode + "', but there are xa and reservations");
}

}  // namespace shop
