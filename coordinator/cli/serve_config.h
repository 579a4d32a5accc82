// What `vow serve` is told, typed and checked. Defaults, bounds and meaning of each member: config_keys.cc,
// which has one line for each; docs/configuration.md is made of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "coordinator/base/endpoint.h"

namespace vow::cli {

struct ServeConfig {
  struct Node {
    std::string data;  // directory
    std::string name;
  } node;
  struct Client {
    Endpoint listen;
    Endpoint advertise;  // set: what others dial; as `listen` unless told otherwise
    std::uint64_t threads = 0;
    std::uint64_t connections_max = 0;
    std::uint64_t frame_bytes_max = 0;
  } client;
  struct Peer {
    Endpoint listen;
    Endpoint advertise;
  } peer;
  struct Http {
    Endpoint listen;
    Endpoint advertise;
    std::uint64_t threads = 0;
    std::uint64_t connections_max = 0;
  } http;
  struct Cluster {
    std::vector<Endpoint> initial;  // peer addresses; empty: a single node, unless it joins
    bool join = false;
  } cluster;
  struct Raft {
    std::uint64_t tick_ms = 0;
    std::uint64_t election_ticks = 0;
    std::uint64_t heartbeat_ticks = 0;
  } raft;
  struct Log {
    std::uint64_t snapshot_entries = 0;
    std::uint64_t snapshot_bytes = 0;
    std::uint64_t keep_entries = 0;
    std::string level;  // of messages: info, warning or error
    std::string dir;    // empty: standard error
  } log;
  struct Transactions {
    std::uint64_t timeout_default_ms = 0;
    std::uint64_t timeout_max_ms = 0;
    std::uint64_t grace_ms = 0;
    std::uint64_t open_max = 0;
    std::uint64_t marks_max = 0;
    std::uint64_t undelivered_max = 0;
    std::uint64_t branches_max = 0;
    std::uint64_t resources_max = 0;
  } transactions;
  struct Delivery {
    std::string policy;
    std::map<std::string, std::string> policy_of;  // by resource, where it differs
    std::uint64_t backlog_max = 0;
    std::uint64_t backoff_max_ms = 0;
    std::uint64_t report_timeout_ms = 0;
    std::uint64_t in_flight_max = 0;
  } delivery;
  struct Sessions {
    std::uint64_t expires_after_ms = 0;
    std::uint64_t max = 0;
  } sessions;
  struct Memory {
    std::uint64_t committed_bits_bytes = 0;
  } memory;
  // --dev: one node that keeps everything in ./.vow-dev, and says at the start what to try.
  bool dev = false;
};

}  // namespace vow::cli
