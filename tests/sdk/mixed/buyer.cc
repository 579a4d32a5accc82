// A process that buys until it is killed: `buyer COORDINATORS ORDERS MONEY_SOCKET MONEY_DATABASE STOCK`. It
// says "." for each purchase that is committed.
#include <unistd.h>

#include "tests/sdk/mixed/shop.h"

int main(int count, char** words) {
  if (count != 6) return 2;
  vow::sdk::Shop shop({words[1], words[2], words[3], words[4], words[5]});
  for (int nth = 0;; ++nth) {
    try {
      shop.buy(nth);
    } catch (const vow::error&) {
      continue;
    }
    if (::write(1, ".", 1) != 1) return 0;
  }
}
