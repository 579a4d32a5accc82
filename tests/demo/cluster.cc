#include "tests/demo/cluster.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "tests/demo/http.h"
#include "tests/support/free_ports.h"

namespace vow::demo {

Cluster::Cluster(const std::string& folder) : ports_(testing::free_ports(3 * size)) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto address = [&](std::size_t from) { return fmt::format("127.0.0.1:{}", ports_[from + i]); };
    nodes_[i] = std::make_unique<Process>(Process::Command{
        .words = {VOW_BINARY, "serve", "--node.data", fmt::format("{}/node-{}", folder, i + 1), "--node.name",
                  fmt::format("node-{}", i + 1), "--client.listen", address(0), "--peer.listen",
                  address(size), "--http.listen", address(2 * size), "--cluster.initial", joined(size)},
        .environment = {},
        .log = fmt::format("{}/node-{}.log", folder, i + 1)});
    start(i);
  }
  (void)leader();
}

std::string Cluster::joined(std::size_t from) const {
  std::string all;
  for (std::size_t i = 0; i < size; ++i)
    all += fmt::format("{}127.0.0.1:{}", i == 0 ? "" : ",", ports_[from + i]);
  return all;
}

std::optional<std::size_t> Cluster::leader_now() const {
  for (std::size_t i = 0; i < size; ++i) {
    const auto said = http::get(ports_[2 * size + i], "/v1/cluster");
    if (said.status == 200 && said.json().optValue("leading", false)) return i;
  }
  return std::nullopt;
}

std::size_t Cluster::leader() const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    if (const auto found = leader_now()) return *found;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  throw std::runtime_error("the coordinators have no leader after 20 s");
}

std::size_t Cluster::unfinished() const {
  std::size_t count = 0;
  for (const char* state : {"open", "preparing", "deciding", "committing", "aborting"}) {
    const auto said = http::get(ports_[2 * size + leader()], std::string("/v1/transactions?state=") + state);
    const auto all = said.json().getArray("transactions");
    if (all) count += all->size();
  }
  return count;
}

}  // namespace vow::demo
