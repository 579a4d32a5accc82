// How much happened. A sum of these is the proof that a run was not idle.
#pragma once

#include <cstdint>

namespace vow::sim {

struct Counters {
  std::uint64_t operations = 0;  // answered, and checked
  std::uint64_t entries = 0;     // committed
  std::uint64_t transactions = 0;
  std::uint64_t transactions_committed = 0;
  std::uint64_t transactions_rolled_back = 0;  // as their initiators heard
  std::uint64_t crashes = 0;
  std::uint64_t partitions = 0;
  std::uint64_t disk_faults = 0;
  std::uint64_t snapshot_installs = 0;
  std::uint64_t membership_changes = 0;
  std::uint64_t elections = 0;
  std::uint64_t virtual_us = 0;
  std::uint64_t events = 0;

  void add(const Counters& other) {
    operations += other.operations;
    entries += other.entries;
    transactions += other.transactions;
    transactions_committed += other.transactions_committed;
    transactions_rolled_back += other.transactions_rolled_back;
    crashes += other.crashes;
    partitions += other.partitions;
    disk_faults += other.disk_faults;
    snapshot_installs += other.snapshot_installs;
    membership_changes += other.membership_changes;
    elections += other.elections;
    virtual_us += other.virtual_us;
    events += other.events;
  }
};

}  // namespace vow::sim
