// Tells damage in SQLite's write-ahead log from a tail that a crash tore.
//
// SQLite reads the file up to the first frame that fails its checksum and takes that for the end. One flipped
// bit, and it opens cleanly with every later transaction gone. We know more than SQLite does: each commit is
// synced before the next transaction begins (synchronous=FULL), so at most one transaction can be unfinished.
// Hence
//
//   - no commit frame, or one, of the same generation beyond the end: a torn tail, never acknowledged;
//   - two or more: the first of them was acknowledged. Damage. (A frame that two generations may have made
//   together,
//     a sector each, is not counted.)
//   - a header of zeros with anything behind it: damage, for SQLite syncs the header before the first frame.
//   - a header that is neither valid nor zero: SQLite takes the file for empty. It may be torn, if the
//     crash came while a new generation was begun; then a checkpoint has copied all frames to the
//     database. So if the database does not hold every page as the frames have it last, it is damage.
//
// A generation is what follows one writing of the header; its frames bear the header's two salts. After a
// checkpoint SQLite starts over at the front, and frames of older generations remain behind.
//
// What this cannot see is damage in the very last transaction: that is commit_witness.h's part.
// The format is SQLite's, https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/disk.h"

namespace vow::storage {

// A page as the write-ahead log has it last.
struct WalPage {
  std::uint32_t number = 0;  // from 1
  std::uint64_t offset = 0;  // of its content in the write-ahead log
};

struct WalScan {
  std::uint64_t frames = 0;    // valid, up to and with the last commit; what SQLite recovers
  std::uint64_t commits = 0;   // among them
  std::uint64_t end = 0;       // the byte after the last valid commit; 0 if there is no valid header
  std::uint64_t size = 0;      // of the file
  bool has_torn_tail = false;  // frames of this generation beyond `end`
  bool has_torn_header = false;
  std::vector<WalPage>
      copied;  // with a torn header: what the database must hold, or acknowledged entries are lost
};

// Reads the file once. Fault::damaged if it holds less than was acknowledged.
[[nodiscard]] Result<WalScan> scan_wal(File& wal, std::uint32_t page_bytes);

// Overwrites what is torn with zeros and makes what was recovered durable.
//
// A torn tail must go before anything is appended: a commit frame left behind from one torn tail and one of
// the next would look like two. And what was recovered may have come from the page cache alone, be it that
// the process died before its sync or that the sync failed and the kernel dropped the pages: so it is written
// once more and synced before anyone relies on it.
[[nodiscard]] Result<void> settle_wal(File& wal, const WalScan& scan);

}  // namespace vow::storage
