// How the values that commands and snapshots share are written.
#pragma once

#include <string>
#include <vector>

#include "coordinator/base/bytes.h"
#include "coordinator/machine/members.h"
#include "coordinator/txn/decision.h"

namespace vow::machine {

inline void put(ByteWriter& out, const txn::Xid& xid) {
  out.u32(xid.cell);
  out.u32(xid.incarnation);
  out.u32(xid.term);
  out.u32(xid.timeout_s);
  out.u64(xid.begin_ms);
  out.u32(xid.session);
  out.u32(xid.sequence);
}

inline txn::Xid get_xid(ByteReader& in) {
  txn::Xid xid;
  xid.cell = in.u32();
  xid.incarnation = in.u32();
  xid.term = in.u32();
  xid.timeout_s = in.u32();
  xid.begin_ms = in.u64();
  xid.session = in.u32();
  xid.sequence = in.u32();
  return xid;
}

// A name of a byte's length.
inline void put(ByteWriter& out, const txn::BranchName& name) {
  out.u8(static_cast<std::uint8_t>(name.view().size()));
  for (const char c : name.view()) out.u8(static_cast<std::uint8_t>(c));
}

inline txn::BranchName get_branch(ByteReader& in, bool& ok) {
  std::string text(in.u8(), '\0');
  for (char& c : text) c = static_cast<char>(in.u8());
  const auto name = txn::BranchName::from(text);
  ok = ok && name.has_value();
  return name.value_or(txn::BranchName());
}

inline void put(ByteWriter& out, const txn::Preparation& preparation) {
  put(out, preparation.branch);
  out.u64(preparation.nonce.value());
}

inline txn::Preparation get_preparation(ByteReader& in, bool& ok) {
  txn::Preparation preparation;
  preparation.branch = get_branch(in, ok);
  preparation.nonce = txn::Nonce(in.u64());
  return preparation;
}

inline void put(ByteWriter& out, const MemberAddresses& addresses) {
  out.bytes(addresses.peer);
  out.bytes(addresses.client);
  out.bytes(addresses.http);
}

inline MemberAddresses get_addresses(ByteReader& in) {
  MemberAddresses addresses;
  addresses.peer = in.bytes();
  addresses.client = in.bytes();
  addresses.http = in.bytes();
  return addresses;
}

// How many elements follow, each of at least one byte: never more than there are bytes.
inline std::size_t get_count(ByteReader& in, bool& ok) {
  const std::size_t count = in.u32();
  if (count <= in.left()) return count;
  ok = false;
  return 0;
}

}  // namespace vow::machine
