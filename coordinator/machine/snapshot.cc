#include "coordinator/machine/snapshot.h"

#include <algorithm>

#include "coordinator/base/bytes.h"
#include "coordinator/base/check.h"
#include "coordinator/machine/fields.h"

namespace vow::machine {
namespace {

enum class Piece : std::uint8_t { head = 1, decisions = 2, bits = 3 };
constexpr std::uint8_t version = 1;
// A piece ends with the record that makes it this large.
constexpr std::size_t piece_bytes = 256u << 10;

ByteWriter begin(Piece piece) {
  ByteWriter out;
  out.u8(version);
  out.u8(static_cast<std::uint8_t>(piece));
  return out;
}

void put(ByteWriter& out, const txn::Decision& decision) {
  machine::put(out, decision.xid);
  out.u64(decision.decided_ms);
  out.u64(decision.finished_nth);
  out.u32(static_cast<std::uint32_t>(decision.branches.size()));
  for (const txn::DecidedBranch& branch : decision.branches) {
    machine::put(out, branch.preparation);
    out.u32(static_cast<std::uint32_t>(branch.resource));
    out.u8(branch.forced ? 1 : 0);
  }
}

txn::Decision get_decision(ByteReader& in, bool& ok) {
  txn::Decision decision;
  decision.xid = get_xid(in);
  decision.decided_ms = in.u64();
  decision.finished_nth = in.u64();
  for (std::size_t left = get_count(in, ok); left > 0; --left) {
    txn::DecidedBranch branch;
    branch.preparation = get_preparation(in, ok);
    branch.resource = txn::ResourceNumber(in.u32());
    branch.forced = in.u8() == 1;
    decision.branches.push_back(branch);
  }
  return decision;
}

void put(ByteWriter& out, const txn::CommittedBits::Chunk& chunk) {
  out.u32(chunk.incarnation);
  out.u32(chunk.term);
  out.u32(chunk.session);
  out.u32(chunk.nth);
  out.u64(chunk.last_deadline_ms);
  for (const std::uint64_t word : chunk.bits) out.u64(word);
}

txn::CommittedBits::Chunk get_chunk(ByteReader& in) {
  txn::CommittedBits::Chunk chunk;
  chunk.incarnation = in.u32();
  chunk.term = in.u32();
  chunk.session = in.u32();
  chunk.nth = in.u32();
  chunk.last_deadline_ms = in.u64();
  for (std::uint64_t& word : chunk.bits) word = in.u64();
  return chunk;
}

void put(ByteWriter& out, const txn::Forced& forced) {
  machine::put(out, forced.branch);
  out.u8(forced.committed ? 1 : 0);
  out.u64(forced.at_ms);
  out.bytes(forced.who);
  out.bytes(forced.why);
}

txn::Forced get_forced(ByteReader& in, bool& ok) {
  txn::Forced forced;
  forced.branch = get_branch(in, ok);
  forced.committed = in.u8() == 1;
  forced.at_ms = in.u64();
  forced.who = in.bytes();
  forced.why = in.bytes();
  return forced;
}

}  // namespace

std::optional<std::string> SnapshotWriter::next_piece() {
  switch (next_) {
    case Next::head:
      next_ = Next::decisions;
      return head();
    case Next::decisions:
      if (slot_ < frozen_.decisions.decisions.slots()) return decisions();
      next_ = Next::bits;
      slot_ = 0;
      [[fallthrough]];
    case Next::bits:
      if (slot_ < frozen_.decisions.bits.slots()) return bits();
      next_ = Next::end;
      [[fallthrough]];
    case Next::end:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string SnapshotWriter::head() const {
  const txn::Decisions::Head& head = frozen_.decisions.head;
  ByteWriter out = begin(Piece::head);
  out.u32(static_cast<std::uint32_t>(frozen_.members.size()));
  for (const auto& [node, addresses] : frozen_.members) {
    out.u64(node.value());
    machine::put(out, addresses);
  }
  out.u32(head.cell);
  out.u32(static_cast<std::uint32_t>(head.incarnations.size()));
  for (const std::uint32_t incarnation : head.incarnations) out.u32(incarnation);
  for (const std::uint64_t number : {head.grace_ms, head.horizon_ms, head.time_ms, head.finished_count})
    out.u64(number);
  out.u32(static_cast<std::uint32_t>(head.resources.size()));
  for (const std::string& resource : head.resources) out.bytes(resource);
  out.u32(static_cast<std::uint32_t>(head.forced.size()));
  for (const auto& [xid, words] : head.forced) {
    machine::put(out, xid);
    out.u32(static_cast<std::uint32_t>(words.size()));
    for (const txn::Forced& forced : words) put(out, forced);
  }
  return out.take();
}

std::string SnapshotWriter::decisions() {
  ByteWriter out = begin(Piece::decisions);
  for (; slot_ < frozen_.decisions.decisions.slots() && out.view().size() < piece_bytes; ++slot_) {
    if (const txn::Decision* decision = frozen_.decisions.decisions.at(slot_)) put(out, *decision);
  }
  return out.take();
}

std::string SnapshotWriter::bits() {
  ByteWriter out = begin(Piece::bits);
  for (; slot_ < frozen_.decisions.bits.slots() && out.view().size() < piece_bytes; ++slot_) {
    if (const txn::CommittedBits::Chunk* chunk = frozen_.decisions.bits.at(slot_)) put(out, *chunk);
  }
  return out.take();
}

bool SnapshotReader::take(std::string_view piece) {
  ByteReader in(piece);
  if (in.u8() != version) return false;
  const std::uint8_t kind = in.u8();
  if (!in.ok() || has_head_ == (kind == static_cast<std::uint8_t>(Piece::head))) return false;
  const std::string_view rest = piece.substr(2);
  switch (static_cast<Piece>(kind)) {
    case Piece::head:
      return take_head(rest);
    case Piece::decisions:
      return take_decisions(rest);
    case Piece::bits:
      return take_bits(rest);
  }
  return false;
}

bool SnapshotReader::take_head(std::string_view piece) {
  ByteReader in(piece);
  bool ok = true;
  Members members;
  for (std::size_t n = get_count(in, ok); n > 0; --n) {
    const NodeId node(in.u64());
    members[node] = get_addresses(in);
  }
  txn::Decisions::Head head;
  head.cell = in.u32();
  head.incarnations.resize(get_count(in, ok));
  for (std::uint32_t& incarnation : head.incarnations) incarnation = in.u32();
  head.grace_ms = in.u64();
  head.horizon_ms = in.u64();
  head.time_ms = in.u64();
  head.finished_count = in.u64();
  head.resources.resize(get_count(in, ok));
  for (std::string& resource : head.resources) resource = in.bytes();
  for (std::size_t n = get_count(in, ok); n > 0; --n) {
    const txn::Xid xid = get_xid(in);
    auto& words = head.forced[xid];
    for (std::size_t m = get_count(in, ok); m > 0; --m) words.push_back(get_forced(in, ok));
  }
  if (!ok || !in.at_end()) return false;
  machine_->restore(std::move(members));
  machine_->restoring().restore(std::move(head));
  has_head_ = true;
  return true;
}

bool SnapshotReader::take_decisions(std::string_view piece) {
  ByteReader in(piece);
  const std::size_t resources = machine_->decisions().resources().size();
  bool ok = true;
  while (ok && in.left() > 0) {
    txn::Decision decision = get_decision(in, ok);
    for (const txn::DecidedBranch& branch : decision.branches)
      ok = ok && static_cast<std::size_t>(branch.resource) < resources;
    ok = ok && in.ok() && machine_->decisions().find(decision.xid) == nullptr;
    if (ok) machine_->restoring().restore(std::move(decision));
  }
  return ok && in.ok();
}

bool SnapshotReader::take_bits(std::string_view piece) {
  ByteReader in(piece);
  while (in.left() > 0) {
    const txn::CommittedBits::Chunk chunk = get_chunk(in);
    if (!in.ok()) return false;
    machine_->restoring().restore(chunk);
  }
  return in.ok();
}

std::unique_ptr<Machine> SnapshotReader::finish() {
  VOW_CHECK(has_head_, "a snapshot without a head");
  machine_->restoring().restored();
  return std::move(machine_);
}

}  // namespace vow::machine
