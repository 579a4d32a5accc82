#include "tests/support/cell_in_process.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "coordinator/cli/config.h"
#include "tests/support/free_ports.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto patience = 30s;

Endpoint loopback(std::uint16_t port) { return {"127.0.0.1", port}; }

double value_of(const std::vector<dispatch::Metric>& metrics, const std::string& name) {
  for (const dispatch::Metric& metric : metrics) {
    if (metric.name == name) return metric.value;
  }
  return 0;
}

}  // namespace

CellInProcess::CellInProcess(std::size_t nodes, const std::string& directory, const Adjust& adjust)
    : directory_(fmt::format("{}/cell-{}", directory, ::getpid())),
      adjust_(adjust),
      ports_(free_ports(2 * nodes)) {
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directories(directory_);
  nodes_.resize(nodes);
  // Each waits for the others.
  std::vector<std::thread> starting;
  for (std::size_t i = 0; i < nodes; ++i) starting.emplace_back([this, i] { start(i); });
  for (std::thread& each : starting) each.join();
  (void)leader();
}

CellInProcess::~CellInProcess() {
  nodes_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

cli::ServeConfig CellInProcess::config_of(std::size_t nth) const {
  auto defaults = cli::resolve({{"node.data", fmt::format("{}/{}", directory_, nth), "this program"}});
  if (!defaults) throw std::runtime_error("the defaults of the configuration are refused");
  cli::ServeConfig config = defaults->config;
  config.client.listen = config.client.advertise = loopback(ports_[2 * nth + 1]);
  config.http.listen = config.http.advertise = loopback(0);
  config.peer.listen = config.peer.advertise = loopback(ports_[2 * nth]);
  for (std::size_t i = 0; i < ports_.size(); i += 2) config.cluster.initial.push_back(loopback(ports_[i]));
  adjust_(config);
  return config;
}

void CellInProcess::start(std::size_t nth) {
  auto started = cli::NodeProcess::start(
      config_of(nth),
      [](cli::LogLevel level, const std::string& what) {
        if (level != cli::LogLevel::info) fmt::print(stderr, "{}\n", what);
      },
      never_);
  if (!started) throw std::runtime_error(started.error());
  nodes_[nth] = *std::move(started);
}

cli::NodeProcess& CellInProcess::leader() {
  const auto end = Clock::now() + patience;
  while (Clock::now() < end) {
    for (const auto& node : nodes_) {
      if (!node) continue;
      std::promise<bool> leads;
      auto answer = leads.get_future();
      const bool posted = node->loop().post(
          [&](dispatch::Coordinator& coordinator) { leads.set_value(coordinator.is_leading()); });
      if (posted && answer.get()) return *node;
    }
    std::this_thread::sleep_for(1ms);
  }
  throw std::runtime_error("the cell has no leader");
}

std::size_t CellInProcess::stop_leader() {
  const cli::NodeProcess* const leading = &leader();
  const auto at =
      std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& node) { return node.get() == leading; });
  at->reset();
  return static_cast<std::size_t>(at - nodes_.begin());
}

std::vector<std::string> CellInProcess::addresses() const {
  std::vector<std::string> all;
  for (std::size_t i = 1; i < ports_.size(); i += 2) all.push_back(to_string(loopback(ports_[i])));
  return all;
}

std::uint16_t CellInProcess::leader_port() {
  const std::string address = leader().client_address();
  return static_cast<std::uint16_t>(std::strtoul(address.c_str() + address.rfind(':') + 1, nullptr, 10));
}

double CellInProcess::restart_ms() {
  nodes_[0].reset();
  const auto begin = Clock::now();
  start(0);
  (void)leader();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

void CellInProcess::on_loop(const std::function<void(dispatch::Coordinator&)>& task) {
  std::promise<void> done;
  auto finished = done.get_future();
  if (!leader().loop().post([&](dispatch::Coordinator& coordinator) {
        task(coordinator);
        done.set_value();
      })) {
    throw std::runtime_error("the leader's loop takes nothing more on");
  }
  finished.get();
}

CellInProcess::Figures CellInProcess::figures() {
  Figures figures;
  on_loop([&](dispatch::Coordinator& coordinator) {
    const auto metrics = coordinator.metrics();
    const auto number = [&](const char* name) { return static_cast<std::uint64_t>(value_of(metrics, name)); };
    figures.records = number("vow_records_applied_total");
    figures.record_bytes = number("vow_record_bytes_applied_total");
    figures.unfinished = number("vow_decisions_unfinished");
    figures.snapshot_index = number("vow_snapshot_index");
    figures.votes = number("vow_votes_total");
    figures.finished = number("vow_transactions_finished_total");
  });
  figures.log_syncs = leader().log_syncs();
  return figures;
}

}  // namespace vow::testing
