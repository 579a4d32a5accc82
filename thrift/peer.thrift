// What coordinators of one cell say to one another, on the peer port. Numbers of fields are never reused; a field
// that is added is optional.
namespace cpp vow.wire.peer

// What became of a frame. A frame that was not taken is lost: Raft sends again what matters.
enum Verdict {
  taken = 1,
  wrong_receiver = 2,  // this address belongs to another node than the sender believes
  wrong_cell = 3,      // this node is a member of another cell
  damaged = 4,         // bytes changed or were cut on the way
  not_ready = 5,       // this node is starting or stopping, or has too much to do
}

struct Delivered {
  1: Verdict verdict,
  2: i64 node,  // who received it
}

// A cell, as its members know it.
struct Cell {
  1: i32 cell,
  2: i32 incarnation,
  3: map<i64, string> members,  // node ids, with their peer addresses
}

// What a node says before, and after, it has a cell. coordinator/rpc/meet.h says what follows from it.
struct MeetAnswer {
  1: i64 node,
  2: i64 process,            // drawn at each start
  3: set<string> initial,    // the addresses of the first members, as configured there
  4: map<string, i64> seen,  // who answered it at which address, last
  5: optional Cell formed,   // set: it has a cell
}

service Peer {
  // Raft's messages, many at once, in the form of coordinator/rpc/peer_codec.h.
  Delivered deliver(1: binary frame),
  MeetAnswer meet(),
}
