// A small file beside the log that says how many commits were acknowledged.
//
// To SQLite a damaged last transaction looks just like one that was never finished: it opens cleanly without
// it. The witness tells the two apart. After each commit one of its two sectors is rewritten in place, in
// turn, and never synced on the way:
//
//   after kill -9      it is exact: the page cache outlives the process;
//   after power loss   it may be older than the last acknowledged commit, but never newer:
//                      it is written only once the commit is durable.
//
// So a log with fewer commits than its witness counts has lost acknowledged ones. A write that was cut short
// leaves the other sector, with the commit before.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "storage/disk.h"
#include "storage/entry.h"
#include "storage/log_record.h"

namespace vow::storage {

// How the files were laid out when the store was created, for as long as it lives.
struct LogGeometry {
  std::uint32_t page_bytes = 4096;
  // The write-ahead log's file is never shorter. It is checkpointed before it would outgrow this.
  std::uint64_t wal_bytes = 8u << 20;
  bool operator==(const LogGeometry&) const = default;
};

struct Witnessed {
  LogGeometry geometry;
  Identity identity;
  std::uint64_t commits = 0;
  LogPosition last;
  std::uint64_t chain = 0;
  bool operator==(const Witnessed&) const = default;
};

class CommitWitness {
 public:
  // Creates or overwrites the file and syncs it, but not its name.
  [[nodiscard]] static Result<CommitWitness> create(Disk& disk, const std::string& name,
                                                    const LogGeometry& geometry, const LogState& state);
  // Fault::absent if there is none, Fault::damaged if it is not what was written.
  [[nodiscard]] static Result<CommitWitness> open(Disk& disk, const std::string& name);

  [[nodiscard]] const Witnessed& last() const { return last_; }
  // After the commit is durable, and not before.
  [[nodiscard]] Result<void> note(const LogState& state);
  [[nodiscard]] Result<void> sync() { return file_->sync(); }

 private:
  CommitWitness(std::unique_ptr<File> file, const Witnessed& last, unsigned sector)
      : file_(std::move(file)), last_(last), sector_(sector) {}

  std::unique_ptr<File> file_;
  Witnessed last_;
  unsigned sector_;  // which of the two holds last_; the next note goes to the other
};

// Do this recovered state and a write-ahead log of this size hold everything that was acknowledged?
[[nodiscard]] Result<void> check_witnessed(const Witnessed& witnessed, const LogState& recovered,
                                           std::uint64_t wal_bytes);

}  // namespace vow::storage
