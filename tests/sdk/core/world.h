// A cell of one real node, and clients that know it.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/cell_in_process.h"
#include "tests/support/temporary_directory.h"

#include "vow/client.h"

namespace vow::sdk {

inline bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    std::this_thread::yield();
  }
  return false;
}

class World : public ::testing::Test {
 protected:
  client_options options(const std::string& process = "the test") {
    client_options options;
    options.coordinators = cell_.addresses();
    options.process = process;
    options.recovery_interval = std::chrono::milliseconds(50);
    options.log = [](log_level level, std::string_view message) {
      if (level >= log_level::warning) std::printf("%s\n", std::string(message).c_str());
    };
    return options;
  }
  std::uint64_t unfinished() { return cell_.figures().unfinished; }

  testing::TemporaryDirectory directory_{testing::TemporaryDirectory::In::memory};
  testing::CellInProcess cell_{1, directory_.path()};
};

}  // namespace vow::sdk
