#include "storage/log_record.h"

#include <fmt/format.h>

#include "coordinator/base/bytes.h"
#include "coordinator/base/checksum.h"
#include "coordinator/base/plant.h"

namespace vow::storage {

namespace {

constexpr std::size_t chain_bytes = sizeof(std::uint64_t);
constexpr std::size_t entry_overhead_bytes = 13;

bool is_known(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(EntryKind::empty) &&
         kind <= static_cast<std::uint8_t>(EntryKind::configuration);
}

Failure<Error> damaged_run(std::uint64_t key, std::string_view why) {
  return failure(
      Fault::damaged,
      fmt::format("the log's entries up to index {} are damaged: {}; remove the store and let the node "
                  "join anew",
                  key, why));
}

}  // namespace

std::size_t run_length(std::span<const Entry> entries) {
  VOW_CHECK(!entries.empty(), "a run has at least one entry");
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const Entry& entry : entries) {
    bytes += entry.payload.size() + entry_overhead_bytes;
    if (count > 0 && bytes > run_bytes_max) break;
    ++count;
  }
  return count;
}

EncodedRun encode_run(std::span<const Entry> entries, std::uint64_t previous) {
  ByteWriter out;
  out.u64(previous);
  out.u64(entries.front().index.value());
  out.u32(static_cast<std::uint32_t>(entries.size()));
  for (const Entry& entry : entries) {
    out.u64(entry.term.value());
    out.u8(static_cast<std::uint8_t>(entry.kind));
    out.bytes(entry.payload.view());
  }
  const std::uint64_t chain = checksum(out.view());
  out.u64(chain);
  return {out.take(), chain};
}

Result<StoredRun> open_run(std::uint64_t key, std::string_view record) {
  if (record.size() < chain_bytes) return damaged_run(key, "the row is too short");
  const std::string_view body = record.substr(0, record.size() - chain_bytes);
  StoredRun run;
  run.chain = ByteReader(record.substr(body.size())).u64();
  if (run.chain != checksum(body) && !VOW_PLANTED(checksum_ignored))
    return damaged_run(key, "the checksum differs");
  ByteReader in(body);
  run.previous = in.u64();
  run.first = Index(in.u64());
  const std::uint32_t count = in.u32();
  if (!in.ok() || count == 0 || run.first.value() + count - 1 != key)
    return damaged_run(key, fmt::format("the row holds {} entries from index {}", count, run.first.value()));
  run.last = Index(key);
  run.entries = body.substr(body.size() - in.left());
  return run;
}

std::vector<Entry> decode_entries(const StoredRun& run) {
  std::vector<Entry> entries;
  entries.reserve(run.last - run.first + 1);
  ByteReader in(run.entries);
  for (Index index = run.first; index <= run.last; index = index.next()) {
    Entry entry;
    entry.index = index;
    entry.term = Term(in.u64());
    const std::uint8_t kind = in.u8();
    entry.payload = Payload(std::string(in.bytes()));
    VOW_CHECK(in.ok() && is_known(kind), "entry {} of a run with the right checksum does not decode",
              index.value());
    entry.kind = static_cast<EntryKind>(kind);
    entries.push_back(std::move(entry));
  }
  VOW_CHECK(in.at_end(), "bytes after the run that ends at {}", run.last.value());
  return entries;
}

std::string encode_state(const LogState& state) {
  ByteWriter out;
  out.u32(log_format_version);
  for (const std::uint64_t number :
       {state.identity.cell.value(), state.identity.node.value(), state.hard_state.term.value(),
        state.hard_state.vote.value(), state.base.index.value(), state.base.term.value(),
        state.last.index.value(), state.last.term.value(), state.chain, state.commits})
    out.u64(number);
  out.u64(checksum(out.view()));
  return out.take();
}

Result<LogState> decode_state(std::string_view record) {
  const auto damaged = [] {
    return failure(Fault::damaged,
                   "the log's state record is damaged: the checksum differs; remove the store and "
                   "let the node join anew");
  };
  // The checksum comes first, and last in the record, in every version: a flipped bit in the number of the
  // version is damage, not news from the future.
  if (record.size() < sizeof(std::uint64_t)) return damaged();
  const std::string_view body = record.substr(0, record.size() - sizeof(std::uint64_t));
  if (ByteReader(record.substr(body.size())).u64() != checksum(body)) return damaged();
  ByteReader in(body);
  const std::uint32_t version = in.u32();
  if (version != log_format_version)
    return failure(Fault::wrong_version,
                   fmt::format("the log has format version {}, this vow knows {}; start the "
                               "vow that wrote it",
                               version, log_format_version));
  LogState state;
  state.identity.cell = CellId(in.u64());
  state.identity.node = NodeId(in.u64());
  state.hard_state.term = Term(in.u64());
  state.hard_state.vote = NodeId(in.u64());
  state.base.index = Index(in.u64());
  state.base.term = Term(in.u64());
  state.last.index = Index(in.u64());
  state.last.term = Term(in.u64());
  state.chain = in.u64();
  state.commits = in.u64();
  if (!in.at_end()) return damaged();
  VOW_CHECK(state.base.index <= state.last.index, "base {} beyond last {}", state.base.index.value(),
            state.last.index.value());
  return state;
}

}  // namespace vow::storage
