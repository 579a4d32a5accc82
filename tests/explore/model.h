// What may happen in a world, and what comes of it.
//
//   leaders        the product's code (memory.h); each goes on for ever with its own table, deposed or not
//   Raft           its guarantees: one log, whose entries all get committed. Only the leader of a term may
//   append
//                  entries of that term, and only until a leader of a higher term has appended its own; what
//                  it proposed may be lost. A leader answers once its own first entry is applied.
//   participants   as docs/protocol.md demands of them; initiators likewise
//   laws           laws.h
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/explore/memory.h"
#include "tests/explore/world.h"

namespace vow::explore {

class Model {
 public:
  explicit Model(const Scope& scope);

  [[nodiscard]] World first();
  // All steps that are possible; some of them change nothing.
  void possible(const World& world, std::vector<Step>& steps) const;
  // Throws Broken (laws.h) if the step breaks a law. `words`, if given, gets the step as people read it.
  [[nodiscard]] World take(const World& world, Step step, std::string* words = nullptr);

  // From here on nothing fails any more; either the highest leader goes on, or the next one takes over.
  // Throws Broken if something is then left undone.
  void heal(World world, bool fail_over);

  [[nodiscard]] const Scope& scope() const { return scope_; }
  // Distinct states that the product's code was seen in.
  [[nodiscard]] std::size_t memories() const;
  // How often each verdict was given.
  [[nodiscard]] const std::array<std::uint64_t, 16>& verdicts() const { return verdicts_; }

 private:
  void possible_for_participants(const World& world, std::vector<Step>& steps) const;
  void possible_messages(const World& world, std::uint8_t term, std::vector<Step>& steps) const;
  void possible_names(const World& world, std::vector<Step>& steps) const;
  void possible_for_log(const World& world, std::vector<Step>& steps) const;

  static void take_as_participant(World& world, Step step);
  void take_message(World& world, Step step, std::string* into);
  void take_question_elsewhere(World& world, Step step, std::string* into);
  void take_log(World& world, Step step);
  void append(World& world, Entry entry);
  void apply_next(World& world, std::uint8_t term);
  void elect(World& world, std::uint8_t term);

  // Feeds a leader and puts what comes of it into the world. Its verdict, if it answered.
  txn::Verdict feed(World& world, std::uint8_t term, Input input);
  static void told(World& world, std::uint8_t preparation, txn::Verdict verdict);
  [[nodiscard]] txn::Verdict other_cells_answer(std::uint8_t preparation) const;

  // One round in which everybody does what is due.
  void heal_once(World& world, std::uint8_t term);
  void check_end(const World& world, std::uint8_t term) const;

  [[nodiscard]] bool is_there(std::uint8_t preparation) const;
  [[nodiscard]] Memory& memory(std::uint8_t term) const { return *memories_[term - 1u]; }
  [[nodiscard]] std::string words(Step step) const;

  const Scope scope_;
  std::array<std::unique_ptr<Memory>, terms> memories_;
  std::array<std::uint64_t, 16> verdicts_{};
  std::array<txn::Verdict, preparations> other_cells_answers_{};
  std::vector<Step> healing_steps_;
};

// What a replica does with an entry of a leader other than its first.
[[nodiscard]] Input applying(const Entry& entry);

[[nodiscard]] std::string name_of(std::uint8_t preparation);
[[nodiscard]] std::string names_of(Set set);

}  // namespace vow::explore
