// A process that reserves goods and dies: `reserver WHEN TIMEOUT_MS COORDINATORS ORDERS MONEY_SOCKET
// MONEY_DATABASE STOCK`, at once after (`attempt`), or once it is decided that they are handed out
// (`confirm`). It says its transaction's name.
#include <csignal>
#include <cstdlib>

#include <unistd.h>

#include "tests/sdk/mixed/stores.h"

int main(int count, char** words) {
  if (count != 8) return 2;
  const std::string when = words[1];
  const vow::sdk::ShopPlaces places{words[3], words[4], words[5], words[6], words[7]};
  const auto die = [] { ::kill(::getpid(), SIGKILL); };
  vow::sdk::Stores stores(places, vow::sdk::client_of(places), die);
  vow::run_options options;
  options.timeout = std::chrono::milliseconds(std::atoi(words[2]));
  stores.client().run("reserve", options, [&](vow::tx& in) {
    stores.reserve(in);
    if (::write(1, in.xid().data(), in.xid().size()) < 0) return;
    if (when == "attempt") die();
  });
  return 1;
}
