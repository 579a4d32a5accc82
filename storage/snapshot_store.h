// The port behind which a node keeps snapshots of its state machine.
//
// A snapshot is a file: a header (position, configuration), chunks each with a checksum chained to the one
// before, and a footer with the totals. It is either installed, and then complete, verified and durable, or
// it is not there. Installing a newer one removes older ones. A snapshot that no longer matches its checksums
// answers Fault::damaged, never other bytes.
//
// Two ways lead to an installed snapshot: writing one from the local state machine (begin), and receiving the
// bytes of a peer's file (receive), which may be broken off and taken up again, also after a restart.
//
// A store is used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/entry.h"
#include "storage/error.h"

namespace vow::storage {

// Names one snapshot file, byte for byte: two files with one id are equal.
struct SnapshotId {
  LogPosition at;            // the last entry whose effect it holds
  std::uint64_t size = 0;    // of the file
  std::uint64_t digest = 0;  // of the file's bytes
  bool operator==(const SnapshotId&) const = default;
};

struct SnapshotMeta {
  SnapshotId id;
  std::string configuration;  // the members as of id.at, in the form of a configuration entry's payload
  bool operator==(const SnapshotMeta&) const = default;
};

// A snapshot being written. Destroyed before finish(), it leaves nothing behind.
class SnapshotWriter {
 public:
  virtual ~SnapshotWriter() = default;
  [[nodiscard]] virtual Result<void> append(std::string_view chunk) = 0;
  // Syncs, installs atomically, removes older snapshots.
  [[nodiscard]] virtual Result<SnapshotMeta> finish() = 0;
};

// The content of an installed snapshot, chunk by chunk as it was written.
class SnapshotReader {
 public:
  virtual ~SnapshotReader() = default;
  [[nodiscard]] virtual const SnapshotMeta& meta() const = 0;
  // The next chunk, verified; none at the end, which is reached only if the totals agree.
  [[nodiscard]] virtual Result<std::optional<std::string>> next() = 0;
};

// What has become of the bytes of a peer's file.
struct Received {
  std::uint64_t offset = 0;  // the peer should go on from here
  // Set once the whole file is here, verified and installed.
  std::optional<SnapshotMeta> installed;
};

class SnapshotStore {
 public:
  virtual ~SnapshotStore() = default;

  // The newest installed snapshot; none if there never was one.
  [[nodiscard]] virtual Result<std::optional<SnapshotMeta>> latest() = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<SnapshotReader>> open(const SnapshotId& id) = 0;

  [[nodiscard]] virtual Result<std::unique_ptr<SnapshotWriter>> begin(LogPosition at,
                                                                      std::string_view configuration) = 0;

  // The raw bytes of an installed snapshot's file, for a peer. Fault::absent once a newer one has replaced
  // it.
  [[nodiscard]] virtual Result<std::string> read_raw(const SnapshotId& id, std::uint64_t offset,
                                                     std::size_t bytes_max) = 0;
  // Bytes of a peer's file. Bytes at an offset other than the one expected change nothing; the answer says
  // what is expected. Another id than last time discards what was there of the other. A complete file that
  // fails its checks is discarded (offset 0 again). Bytes of a snapshot no newer than latest() answer with
  // latest() as installed.
  [[nodiscard]] virtual Result<Received> receive(const SnapshotId& id, std::uint64_t offset,
                                                 std::string_view bytes) = 0;
};

}  // namespace vow::storage
