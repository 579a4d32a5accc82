// Where the shop's three services keep what they know, and what is in there, read as anybody would: by plain
// SQL, behind the services' backs.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace vow::demo {

struct Totals {
  std::int64_t pieces = 0;         // in stock
  std::int64_t coins = 0;          // of the customers
  std::int64_t pieces_bought = 0;  // as the orders have it
  std::int64_t coins_spent = 0;
  std::set<std::string> orders;  // that are booked
};

class Databases {
 public:
  virtual ~Databases() = default;

  // As services and `vow audit` take it: sqlite:..., postgresql://... or mysql://...
  [[nodiscard]] const std::string& inventory() const { return urls_.at(0); }
  [[nodiscard]] const std::string& payments() const { return urls_.at(1); }
  [[nodiscard]] const std::string& orders() const { return urls_.at(2); }
  [[nodiscard]] const std::vector<std::string>& urls() const { return urls_; }

  [[nodiscard]] Totals totals() const;

 protected:
  std::vector<std::string> urls_;
};

// "sqlite", "postgres", "mysql" or "mixed", which is one of each. Servers are started, and stopped with this.
[[nodiscard]] std::unique_ptr<Databases> make_databases(const std::string& kind, const std::string& folder);

// What a person types to see the same.
[[nodiscard]] std::string shell_command(const std::string& url, const std::string& sql);

}  // namespace vow::demo
