#include "storage/wal_scan.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "coordinator/base/plant.h"

namespace vow::storage {

namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::size_t read_bytes = 1u << 20;
constexpr std::uint32_t magic_little_endian = 0x377f0682;
constexpr std::uint32_t magic_big_endian = 0x377f0683;

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i]));
  };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  return __builtin_bswap32(big_endian(bytes, at));
}

bool is_zero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

// SQLite's checksum: two running sums over pairs of words, in the byte order that the header's magic tells.
struct WalSum {
  bool words_are_big_endian = false;
  std::uint32_t a = 0;
  std::uint32_t b = 0;

  void add(std::string_view bytes) {
    const auto word = words_are_big_endian ? big_endian : little_endian;
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      a += word(bytes, i) + b;
      b += word(bytes, i + 4) + a;
    }
  }
  [[nodiscard]] bool equals(std::string_view bytes, std::size_t at) const {
    return a == big_endian(bytes, at) && b == big_endian(bytes, at + 4);
  }
};

struct WalHeader {
  std::uint32_t page_bytes = 0;
  std::uint64_t salts = 0;
  WalSum sum;  // after the header: the frames go on from here
};

std::uint64_t salts_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint64_t>(big_endian(bytes, at)) << 32 | big_endian(bytes, at + 4);
}

std::optional<WalHeader> decode_header(std::string_view bytes) {
  const std::uint32_t magic = big_endian(bytes, 0);
  if (magic != magic_little_endian && magic != magic_big_endian) return std::nullopt;
  WalHeader header;
  header.page_bytes = big_endian(bytes, 8);
  if (!std::has_single_bit(header.page_bytes) || header.page_bytes < 512 || header.page_bytes > 65536)
    return std::nullopt;
  header.salts = salts_at(bytes, 16);
  header.sum.words_are_big_endian = magic == magic_big_endian;
  header.sum.add(bytes.substr(0, 24));
  if (!header.sum.equals(bytes, 24)) return std::nullopt;
  return header;
}

Failure<Error> damaged_wal(std::string_view why) {
  return failure(Fault::damaged,
                 fmt::format("the write-ahead log is damaged: {}; acknowledged entries would be lost: "
                             "remove the store and let the node join anew",
                             why));
}

// Follows the frames in their order through the file.
class FrameScan {
 public:
  FrameScan(const WalHeader& header, std::uint64_t size) : header_(header), sum_(header.sum) {
    scan_.size = size;
    scan_.end = header_bytes;
  }

  [[nodiscard]] std::size_t frame_bytes() const { return frame_header_bytes + header_.page_bytes; }

  void add(std::string_view frame) {
    ++seen_;
    if (is_valid_ && !follows(frame)) is_valid_ = false;
    const bool is_commit = big_endian(frame, 4) != 0;
    if (!is_valid_) {
      if (!is_of_this_generation(salts_at(frame, 8))) return;
      scan_.has_torn_tail = true;
      if (is_commit && !may_be_mixed()) ++commits_beyond_;
    } else if (is_commit) {
      ++scan_.commits;
      scan_.frames = seen_;
      scan_.end = header_bytes + seen_ * frame_bytes();
    }
  }

  [[nodiscard]] Result<WalScan> finish() {
    if (commits_beyond_ > 1 && !VOW_PLANTED(missing_commits_ignored))
      return damaged_wal(
          fmt::format("frame {} does not follow from the one before it, and {} commits lie beyond, "
                      "where a crash can leave one at most",
                      scan_.frames + 1, commits_beyond_));
    // Valid frames without their commit are a transaction that was never finished.
    if (valid_frames_ > scan_.frames) scan_.has_torn_tail = true;
    return scan_;
  }

 private:
  bool follows(std::string_view frame) {
    if (salts_at(frame, 8) != header_.salts || big_endian(frame, 0) == 0) return false;
    sum_.add(frame.substr(0, 8));
    sum_.add(frame.substr(frame_header_bytes));
    if (!sum_.equals(frame, 16)) return false;
    valid_frames_ = seen_;
    return true;
  }

  // A torn write may leave one sector of the older generation and the next of this one. Where a sector ends
  // between the mark of a commit and the salts, an old commit with new salts proves nothing.
  [[nodiscard]] bool may_be_mixed() const {
    constexpr std::uint64_t sector_bytes = 512, mark_at = 4, salts_end_at = 16;
    const std::uint64_t frame_at = header_bytes + (seen_ - 1) * frame_bytes();
    return (frame_at + mark_at) / sector_bytes != (frame_at + salts_end_at - 1) / sector_bytes;
  }

  // One flipped bit in the salts must not hide a commit. Salts of another generation differ in about 16 bits.
  [[nodiscard]] bool is_of_this_generation(std::uint64_t salts) const {
    return std::popcount(salts ^ header_.salts) <= 1;
  }

  WalHeader header_;
  WalSum sum_;
  WalScan scan_;
  std::uint64_t seen_ = 0;
  std::uint64_t valid_frames_ = 0;
  std::uint64_t commits_beyond_ = 0;
  bool is_valid_ = true;
};

// Hands the file to `visit` in pieces of a whole number of `unit`s, from `offset` on; a shorter rest is left
// out.
template <class Visit>
Result<void> read_in_pieces(File& file, std::uint64_t offset, std::uint64_t end, std::size_t unit,
                            Visit visit) {
  const std::size_t piece = std::max(unit, read_bytes - read_bytes % unit);
  while (offset + unit <= end) {
    const std::uint64_t wanted = std::min<std::uint64_t>(piece, (end - offset) / unit * unit);
    const Result<std::string> bytes = file.read(offset, wanted);
    if (!bytes) return Failure{bytes.error()};
    if (bytes->size() != wanted)
      return failure(Fault::failed,
                     "the write-ahead log could not be read to its end; look for disk errors in the "
                     "system log before restarting");
    if (auto done = visit(offset, std::string_view(*bytes)); !done) return done;
    offset += wanted;
  }
  return {};
}

Result<WalScan> scan_without_header(File& wal, std::uint64_t size) {
  const auto must_be_zero = [](std::uint64_t offset, std::string_view bytes) -> Result<void> {
    if (is_zero(bytes)) return {};
    return damaged_wal(fmt::format("its header is zero, but near byte {} there is something", offset));
  };
  if (auto done = read_in_pieces(wal, 0, size, 1, must_be_zero); !done) return Failure{done.error()};
  WalScan scan;
  scan.size = size;
  return scan;
}

// The frames of the generation that the file begins with, up to its last commit, each page as it was last.
class PagesOfFirstGeneration {
 public:
  void add(std::uint64_t offset, std::string_view frame) {
    if (salts_ == 0) salts_ = salts_at(frame, 8);
    has_ended_ = has_ended_ || salts_ == 0 || salts_at(frame, 8) != salts_;
    if (has_ended_) return;
    pending_[big_endian(frame, 0)] = offset + frame_header_bytes;
    if (big_endian(frame, 4) == 0) return;
    for (const auto& [page, at] : pending_) committed_[page] = at;
    pending_.clear();
  }
  [[nodiscard]] std::vector<WalPage> pages() const {
    std::vector<WalPage> all;
    for (const auto& [page, at] : committed_) all.push_back({page, at});
    return all;
  }

 private:
  std::uint64_t salts_ = 0;
  bool has_ended_ = false;
  std::map<std::uint32_t, std::uint64_t> pending_;
  std::map<std::uint32_t, std::uint64_t> committed_;
};

// Calls `visit` with the offset and the bytes of each frame, valid or not.
template <class Visit>
Result<void> for_each_frame(File& wal, std::uint64_t size, std::uint32_t page_bytes, Visit visit) {
  const std::size_t frame_bytes = frame_header_bytes + page_bytes;
  return read_in_pieces(wal, header_bytes, size, frame_bytes,
                        [&](std::uint64_t offset, std::string_view bytes) -> Result<void> {
                          for (; !bytes.empty(); bytes.remove_prefix(frame_bytes), offset += frame_bytes)
                            visit(offset, bytes.substr(0, frame_bytes));
                          return {};
                        });
}

Result<WalScan> scan_with_torn_header(File& wal, std::uint64_t size, std::uint32_t page_bytes) {
  PagesOfFirstGeneration pages;
  const auto add = [&](std::uint64_t offset, std::string_view frame) { pages.add(offset, frame); };
  if (auto done = for_each_frame(wal, size, page_bytes, add); !done) return Failure{done.error()};
  WalScan scan;
  scan.size = size;
  scan.has_torn_header = true;
  scan.copied = pages.pages();
  return scan;
}

Result<void> write_zeros(File& file, std::uint64_t from, std::uint64_t end) {
  const std::string zeros(std::min<std::uint64_t>(read_bytes, end - from), '\0');
  for (std::uint64_t at = from; at < end; at += zeros.size()) {
    const auto piece = std::string_view(zeros).substr(0, std::min<std::uint64_t>(zeros.size(), end - at));
    if (auto done = file.write(at, piece); !done) return done;
  }
  return {};
}

}  // namespace

Result<WalScan> scan_wal(File& wal, std::uint32_t page_bytes) {
  const Result<std::uint64_t> size = wal.size();
  if (!size) return Failure{size.error()};
  if (*size < header_bytes) return scan_without_header(wal, *size);
  const Result<std::string> start = wal.read(0, header_bytes);
  if (!start) return Failure{start.error()};
  if (start->size() != header_bytes)
    return failure(Fault::failed, "the write-ahead log's header could not be read");
  if (is_zero(*start)) return scan_without_header(wal, *size);
  const std::optional<WalHeader> header = decode_header(*start);
  if (!header) return scan_with_torn_header(wal, *size, page_bytes);
  if (header->page_bytes != page_bytes) return damaged_wal("its pages have another size");

  FrameScan frames(*header, *size);
  const auto add = [&](std::uint64_t, std::string_view frame) { frames.add(frame); };
  if (auto done = for_each_frame(wal, *size, page_bytes, add); !done) return Failure{done.error()};
  return frames.finish();
}

Result<void> settle_wal(File& wal, const WalScan& scan) {
  if (scan.has_torn_header) {
    // The frames first: behind a header of zeros they would be damage.
    if (auto done = write_zeros(wal, header_bytes, scan.size); !done) return done;
    if (auto done = wal.sync(); !done) return done;
    if (auto done = write_zeros(wal, 0, header_bytes); !done) return done;
  }
  const auto write_again = [&](std::uint64_t offset, std::string_view bytes) {
    return wal.write(offset, bytes);
  };
  if (auto done = read_in_pieces(wal, 0, scan.end, 1, write_again); !done) return done;
  if (scan.has_torn_tail)
    if (auto done = write_zeros(wal, scan.end, scan.size); !done) return done;
  return wal.sync();
}

}  // namespace vow::storage
