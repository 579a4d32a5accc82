// Founding a cell: how its first members find one another and agree on who they are. PURE.
//
// Every initial member is configured with the same addresses, and asks each of them, itself too, again and
// again: who are you, and who answered you at which address? What it heard last is its view.
//
//              all answer, none has a cell, all have the same list and the same view
//   asking ─────────────────────────────────────────────────────────────────────────────▶ begin, as founder
//     │  one has a cell, of which this node is a member
//     ├────────────────────────────────────────────────────▶ begin, as it is told
//     │  one has a cell without this node; lists differ; one id at two addresses
//     └────────────────────────────────────────────────────────────────────────────▶ refuse
//
// Who begins makes the cell durable on its disk before it says to have one. Who crashes before that asks
// anew, with the same id; who lost its disk has another id.
//
// Two disks never hold different cells of one list at the same time. Since views only go forward (heard()),
// and a founder of a set heard each of its members say that it sees this very set, all of them were there at
// one moment. So of two sets that were founded one is wholly the older, and at some address the older one's
// disk was lost before the younger set was there. A founder of the older one whose disk is not lost belongs
// to the younger one too; but since it has its cell it never said to see the younger one: hence there is no
// such founder. For those who begin as they are told, the same follows from those who told them. This takes
// for granted that an address leads to one node at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "coordinator/base/ids.h"
#include "coordinator/rpc/peer_address.h"

namespace vow::rpc {

struct CellIdentity {
  std::uint32_t cell = 0;         // 32 bits, never 0
  std::uint32_t incarnation = 0;  // 24 bits, never 0
  bool operator==(const CellIdentity&) const = default;
};

// Of a cell whose first members are these: the same wherever it is computed.
[[nodiscard]] CellIdentity identity_of(const std::set<NodeId>& first_members);

// A cell and its members now, each with its peer address.
struct FormedCell {
  CellIdentity identity;
  std::map<NodeId, std::string> members;
  bool operator==(const FormedCell&) const = default;
};

// What a node tells whoever asks. One with a cell need not fill in `initial` and `seen`.
struct MeetAnswer {
  NodeId node;
  std::uint64_t process = 0;  // drawn at each start: tells one node reached twice from a copied disk
  PeerList initial;           // empty: it waits to be added to a cell
  std::map<std::string, NodeId> seen;
  std::optional<FormedCell> formed;
  bool operator==(const MeetAnswer&) const = default;
};

struct KeepAsking {
  std::string waiting_for;  // "b:7401 and c:7401 to answer"
};
struct BeginCell {
  FormedCell cell;
  // All members begin with this configuration. False: the members have changed since the cell was founded;
  // begin with an empty configuration, as a node that is added, and learn.
  bool with_first_members = true;
};
struct RefuseToMeet {
  std::string why;
};
using MeetStep = std::variant<KeepAsking, BeginCell, RefuseToMeet>;

class Meet {
 public:
  // `self` is durable, and drawn with the store. A list of one address or none founds a cell of one at once.
  Meet(NodeId self, std::uint64_t process, PeerList initial);

  // What `address`, of the list, answered. Each question to an address must have been asked after the answer
  // to the one before was heard, or given up so that it never will be.
  void heard(const std::string& address, MeetAnswer answer);
  [[nodiscard]] MeetStep step() const;
  // What to tell who asks, as long as there is no cell on the disk.
  [[nodiscard]] MeetAnswer answer() const;

 private:
  [[nodiscard]] std::optional<MeetStep> join_formed() const;
  [[nodiscard]] std::optional<std::string> refusal() const;
  [[nodiscard]] std::string formed_without_me(const std::string& address, const FormedCell& cell) const;
  [[nodiscard]] std::map<std::string, NodeId> seen() const;
  [[nodiscard]] FormedCell founded() const;

  NodeId self_;
  std::uint64_t process_;
  PeerList initial_;
  std::map<std::string, MeetAnswer> heard_;
};

}  // namespace vow::rpc
