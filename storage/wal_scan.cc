#include "storage/wal_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

namespace vow::storage {

namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::size_t read_bytes = 1u << 20;
constexpr std::uint32_t magic_little_endian = 0x377f0682;
constexpr std::uint32_t magic_big_endian = 0x377f0683;

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at) { return __builtin_bswap32(big_endian(bytes, at)); }

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
  return failure(Fault::damaged, fmt::format("the write-ahead log is damaged: {}; acknowledged entries would be lost: "
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
      if (is_commit) ++commits_beyond_;
    } else if (is_commit) {
      ++scan_.commits;
      scan_.frames = seen_;
      scan_.end = header_bytes + seen_ * frame_bytes();
    }
  }

  [[nodiscard]] Result<WalScan> finish() {
    if (commits_beyond_ > 1)
      return damaged_wal(fmt::format("frame {} does not follow from the one before it, and {} commits lie beyond, "
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

// Hands the file to `visit` in pieces of a whole number of `unit`s, from `offset` on; a shorter rest is left out.
template <class Visit>
Result<void> read_in_pieces(File& file, std::uint64_t offset, std::uint64_t end, std::size_t unit, Visit visit) {
  const std::size_t piece = std::max(unit, read_bytes - read_bytes % unit);
  while (offset + unit <= end) {
    const std::uint64_t wanted = std::min<std::uint64_t>(piece, (end - offset) / unit * unit);
    const Result<std::string> bytes = file.read(offset, wanted);
    if (!bytes) return Failure{bytes.error()};
    if (bytes->size() != wanted)
      return failure(Fault::failed, "the write-ahead log could not be read to its end; look for disk errors in the "
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

}  // namespace

Result<WalScan> scan_wal(File& wal) {
  const Result<std::uint64_t> size = wal.size();
  if (!size) return Failure{size.error()};
  if (*size < header_bytes) return scan_without_header(wal, *size);
  const Result<std::string> start = wal.read(0, header_bytes);
  if (!start) return Failure{start.error()};
  if (start->size() != header_bytes) return failure(Fault::failed, "the write-ahead log's header could not be read");
  if (is_zero(*start)) return scan_without_header(wal, *size);
  const std::optional<WalHeader> header = decode_header(*start);
  if (!header) return damaged_wal("its header fails its checksum");

  FrameScan frames(*header, *size);
  const auto add_frames = [&](std::uint64_t, std::string_view bytes) -> Result<void> {
    for (; !bytes.empty(); bytes.remove_prefix(frames.frame_bytes())) frames.add(bytes.substr(0, frames.frame_bytes()));
    return {};
  };
  if (auto done = read_in_pieces(wal, header_bytes, *size, frames.frame_bytes(), add_frames); !done)
    return Failure{done.error()};
  return frames.finish();
}

Result<void> settle_wal(File& wal, const WalScan& scan) {
  const auto write_again = [&](std::uint64_t offset, std::string_view bytes) { return wal.write(offset, bytes); };
  if (auto done = read_in_pieces(wal, 0, scan.end, 1, write_again); !done) return done;
  if (scan.has_torn_tail) {
    const std::string zeros(read_bytes, '\0');
    for (std::uint64_t at = scan.end; at < scan.size; at += read_bytes)
      if (auto done = wal.write(at, std::string_view(zeros).substr(0, std::min<std::uint64_t>(read_bytes, scan.size - at)));
          !done)
        return done;
  }
  return wal.sync();
}

}  // namespace vow::storage
