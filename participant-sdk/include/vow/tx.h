// A transaction, as the functions see it that work in it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "vow/call.h"
#include "vow/export.h"

namespace vow {

namespace sdk {
class transaction;
}

// Not thread-safe: one thread at a time works in a transaction. Copies are the same transaction.
class VOW_EXPORT tx {
 public:
  explicit tx(std::shared_ptr<sdk::transaction> of) : transaction_(std::move(of)) {}

  // Its name, everywhere and for ever: 40 characters.
  [[nodiscard]] const std::string& xid() const;
  // Until when it must be committed. No work begins after that.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const;

  // Whether it began in this process, with run(): then nothing that is done in it here repeats a request.
  [[nodiscard]] bool has_begun_here() const;

  // A request to another service: mints its place in the transaction, which a repetition of the request
  // shares.
  [[nodiscard]] vow::call call();

  [[nodiscard]] sdk::transaction& inside() const { return *transaction_; }

 private:
  std::shared_ptr<sdk::transaction> transaction_;
};

}  // namespace vow
