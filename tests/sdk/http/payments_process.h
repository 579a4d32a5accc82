// Another instance of the payment service, in a process of its own (payments_process.cc).
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sdk/http/till.h"

namespace vow::poco {

class PaymentsProcess {
 public:
  PaymentsProcess(const char* program, const std::string& coordinator, const TillPlace& till) {
    int input[2] = {-1, -1};
    int output[2] = {-1, -1};
    if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(input[0], 0);
      ::dup2(output[1], 1);
      ::execl(program, program, coordinator.c_str(), till.kind.c_str(), till.where.c_str(),
              till.database.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    std::string said;
    for (char one = 0; ::read(output[0], &one, 1) == 1 && one != '\n';) said += one;
    ::close(output[0]);
    port_ = static_cast<std::uint16_t>(std::stoi(said));
  }
  ~PaymentsProcess() {
    ::close(input_);
    ::waitpid(process_, nullptr, 0);
  }
  PaymentsProcess(const PaymentsProcess&) = delete;
  PaymentsProcess& operator=(const PaymentsProcess&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  ::pid_t process_ = 0;
  int input_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace vow::poco
