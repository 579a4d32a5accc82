#include "coordinator/machine/command.h"

#include "coordinator/base/bytes.h"
#include "coordinator/machine/fields.h"

namespace vow::machine {
namespace {

ByteWriter begin(Kind kind) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(kind));
  return out;
}

std::string write(const txn::Decide& decide) {
  ByteWriter out = begin(Kind::decide);
  out.u64(decide.stamp_ms);
  put(out, decide.xid);
  out.u32(static_cast<std::uint32_t>(decide.branches.size()));
  for (const txn::NamedBranch& branch : decide.branches) {
    put(out, branch.preparation);
    out.bytes(branch.resource);
  }
  return out.take();
}

std::string write(const txn::Finish& finish) {
  ByteWriter out = begin(Kind::finish);
  out.u64(finish.stamp_ms);
  out.u32(static_cast<std::uint32_t>(finish.xids.size()));
  for (const txn::Xid& xid : finish.xids) put(out, xid);
  return out.take();
}

std::string write(const txn::Advance& advance) {
  ByteWriter out = begin(Kind::advance);
  out.u64(advance.stamp_ms);
  out.u64(advance.horizon_ms);
  return out.take();
}

std::string write(const txn::Force& force) {
  ByteWriter out = begin(Kind::force);
  out.u64(force.stamp_ms);
  put(out, force.xid);
  put(out, force.branch);
  out.u8(force.committed ? 1 : 0);
  out.bytes(force.who);
  out.bytes(force.why);
  return out.take();
}

std::string write(const Found& found) {
  ByteWriter out = begin(Kind::found);
  out.u32(found.cell);
  out.u32(found.incarnation);
  return out.take();
}

std::string write(const Describe& describe) {
  ByteWriter out = begin(Kind::describe);
  out.u64(describe.node.value());
  put(out, describe.addresses);
  return out.take();
}

Command read_decide(ByteReader& in, bool& ok) {
  txn::Decide decide;
  decide.stamp_ms = in.u64();
  decide.xid = get_xid(in);
  decide.branches.resize(get_count(in, ok));
  for (txn::NamedBranch& branch : decide.branches) {
    branch.preparation = get_preparation(in, ok);
    branch.resource = in.bytes();
  }
  return decide;
}

Command read_finish(ByteReader& in, bool& ok) {
  txn::Finish finish;
  finish.stamp_ms = in.u64();
  finish.xids.resize(get_count(in, ok));
  for (txn::Xid& xid : finish.xids) xid = get_xid(in);
  return finish;
}

Command read_advance(ByteReader& in) {
  txn::Advance advance;
  advance.stamp_ms = in.u64();
  advance.horizon_ms = in.u64();
  return advance;
}

Command read_force(ByteReader& in, bool& ok) {
  txn::Force force;
  force.stamp_ms = in.u64();
  force.xid = get_xid(in);
  force.branch = get_branch(in, ok);
  const std::uint8_t committed = in.u8();
  ok = ok && committed <= 1;
  force.committed = committed == 1;
  force.who = in.bytes();
  force.why = in.bytes();
  return force;
}

Command read_found(ByteReader& in) {
  Found found;
  found.cell = in.u32();
  found.incarnation = in.u32();
  return found;
}

Command read_describe(ByteReader& in) {
  Describe describe;
  describe.node = NodeId(in.u64());
  describe.addresses = get_addresses(in);
  return describe;
}

std::optional<Command> read(Kind kind, ByteReader& in, bool& ok) {
  switch (kind) {
    case Kind::decide:
      return read_decide(in, ok);
    case Kind::finish:
      return read_finish(in, ok);
    case Kind::advance:
      return read_advance(in);
    case Kind::force:
      return read_force(in, ok);
    case Kind::found:
      return read_found(in);
    case Kind::describe:
      return read_describe(in);
  }
  return std::nullopt;
}

}  // namespace

std::string encode(const Command& command) {
  return std::visit([](const auto& each) { return write(each); }, command);
}

std::string encode(const txn::Decide& decide) { return write(decide); }

std::optional<Command> decode(std::string_view bytes) {
  ByteReader in(bytes);
  bool ok = true;
  auto command = read(static_cast<Kind>(in.u8()), in, ok);
  if (!ok || !in.at_end()) return std::nullopt;
  return command;
}

}  // namespace vow::machine
