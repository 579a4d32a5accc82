// What a cluster and its clients share. It outlives the cluster if clients do.
#pragma once

#include <chrono>
#include <mutex>
#include <set>

#include "participant-sdk/core/probe.h"
#include "participant-sdk/testing/alarms.h"
#include "participant-sdk/testing/faults.h"
#include "participant-sdk/testing/virtual_clock.h"

namespace vow::testing {

// Thread-safe.
class Stage {
 public:
  [[nodiscard]] VirtualClock& clock() { return clock_; }
  [[nodiscard]] Faults& faults() { return faults_; }
  [[nodiscard]] Alarms& alarms() { return alarms_; }

  // Clients, from their beginning to their end.
  void add(sdk::Probed& client) {
    const std::lock_guard lock(mutex_);
    clients_.insert(&client);
  }
  void remove(sdk::Probed& client) {
    const std::lock_guard lock(mutex_);
    clients_.erase(&client);
  }
  // Those that no crash has ended; none ends meanwhile otherwise.
  template <class Task>
  void for_each_client(Task task) {
    const std::lock_guard lock(mutex_);
    for (sdk::Probed* const client : clients_) {
      if (!client->is_dead()) task(*client);
    }
  }

  void advance(std::chrono::milliseconds time) {
    clock_.advance(time);
    alarms_.time_jumped();
    for_each_client([](sdk::Probed& client) { client.time_jumped(); });
  }

 private:
  VirtualClock clock_;
  Faults faults_;
  Alarms alarms_{clock_};
  std::mutex mutex_;  // guards what follows
  std::set<sdk::Probed*> clients_;
};

}  // namespace vow::testing
