#include "coordinator/machine/machine.h"

#include "coordinator/base/bytes.h"
#include "coordinator/base/checksum.h"
#include "coordinator/machine/fields.h"

namespace vow::machine {
namespace {

Effect effect_if(bool done) { return done ? Effect::done : Effect::nothing; }

}  // namespace

Effect Machine::apply(storage::LogPosition at, const Command& command) {
  struct Visitor {
    Machine& machine;
    storage::LogPosition at;

    Effect operator()(const txn::Decide& decide) const {
      return effect_if(machine.decisions_.decide(decide, at.term) == txn::Decisions::Taken::now);
    }
    Effect operator()(const txn::Finish& finish) const {
      machine.decisions_.finish(finish);
      return Effect::done;
    }
    Effect operator()(const txn::Advance& advance) const {
      machine.decisions_.advance(advance);
      return Effect::done;
    }
    Effect operator()(const txn::Force& force) const { return effect_if(machine.decisions_.force(force)); }
    Effect operator()(const Found& found) const {
      const bool is_new = machine.decisions_.cell() == 0;
      if (is_new) machine.decisions_.found(found.cell, found.incarnation);
      return effect_if(is_new);
    }
    Effect operator()(const Describe& describe) const {
      machine.members_[describe.node] = describe.addresses;
      return Effect::done;
    }
  };
  return std::visit(Visitor{*this, at}, command);
}

std::uint64_t Machine::digest() const {
  ByteWriter out;
  for (const auto& [node, addresses] : members_) {
    out.u64(node.value());
    put(out, addresses);
  }
  return checksum(out.view(), decisions_.digest());
}

}  // namespace vow::machine
