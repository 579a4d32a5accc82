// A payment service as a process of its own: `payments_process COORDINATOR KIND WHERE DATABASE`. It says its
// port and serves until its input ends.
#include <cstdio>

#include "tests/sdk/http/payments.h"

int main(int count, char** words) {
  if (count != 5) return 2;
  vow::client_options options;
  options.coordinators = {words[1]};
  options.recovery_interval = std::chrono::milliseconds(200);
  const vow::poco::Payments payments(std::move(options), {words[2], words[3], words[4]});
  std::printf("%d\n", payments.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
