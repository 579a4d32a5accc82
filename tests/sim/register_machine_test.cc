#include "tests/sim/register_machine.h"

#include <gtest/gtest.h>

namespace vow::sim {
namespace {

storage::LogPosition at(std::uint64_t index) { return {Index(index), Term(1)}; }

Answer apply(RegisterMachine& machine, std::uint64_t index, const Operation& operation) {
  return *decode_answer(machine.apply(at(index), encode(Command{index, operation, 0})));
}

void load(RegisterMachine& to, const std::vector<std::string>& chunks) {
  auto loader = to.begin_load();
  for (const std::string& chunk : chunks) ASSERT_TRUE(loader->take(chunk));
  to.adopt(std::move(loader));
}

std::vector<std::string> chunks_of(RegisterMachine& machine) {
  std::vector<std::string> chunks;
  const auto frozen = machine.freeze();
  while (auto chunk = frozen->next_chunk()) chunks.push_back(*std::move(chunk));
  return chunks;
}

TEST(RegisterMachine, PutsSwapsAndReads) {
  RegisterMachine machine(0);
  EXPECT_EQ(apply(machine, 1, {OperationKind::put, 3, 0, 10, false, 0}).found, 0u);
  const Answer missed = apply(machine, 2, {OperationKind::cas, 3, 9, 11, false, 0});
  EXPECT_FALSE(missed.swapped);
  EXPECT_EQ(missed.found, 10u);
  EXPECT_TRUE(apply(machine, 3, {OperationKind::cas, 3, 10, 12, false, 0}).swapped);
  EXPECT_EQ(machine.get(3), 12u);
  EXPECT_EQ(machine.get(4), 0u);
}

TEST(RegisterMachine, TheHashTellsOrderRepetitionAndPlaceApart) {
  const Operation one{OperationKind::put, 1, 0, 1, false, 0}, two{OperationKind::put, 2, 0, 2, false, 0};
  RegisterMachine forward(0), backward(0), repeated(0), again(0);
  apply(forward, 1, one);
  apply(forward, 2, two);
  apply(backward, 1, two);
  apply(backward, 2, one);
  apply(repeated, 1, one);
  apply(repeated, 2, two);
  apply(repeated, 2, two);
  apply(again, 1, one);
  apply(again, 2, two);
  EXPECT_NE(forward.hash(), backward.hash());
  EXPECT_NE(forward.hash(), repeated.hash());
  EXPECT_EQ(forward.hash(), again.hash());
}

TEST(RegisterMachine, ASnapshotBringsTheWholeState) {
  for (const std::uint64_t ballast : {0u, 8u, 64u << 10, 200'000u}) {
    RegisterMachine machine(ballast), other(0);
    apply(machine, 1, {OperationKind::put, 1, 0, 5, false, 0});
    load(other, chunks_of(machine));
    EXPECT_EQ(other.hash(), machine.hash());
    EXPECT_EQ(chunks_of(other), chunks_of(machine)) << "the ballast goes along";
  }
}

TEST(RegisterMachine, AFrozenStateStaysAsItWas) {
  RegisterMachine machine(0), other(0);
  apply(machine, 1, {OperationKind::put, 1, 0, 5, false, 0});
  const std::uint64_t hash = machine.hash();
  const auto frozen = machine.freeze();
  apply(machine, 2, {OperationKind::put, 1, 0, 6, false, 0});
  load(other, {*frozen->next_chunk()});
  EXPECT_EQ(other.hash(), hash);
}

TEST(RegisterMachine, PiecesThatMakeNoSenseAreRefused) {
  RegisterMachine machine(200'000);
  const auto chunks = chunks_of(machine);
  auto cut = machine.begin_load();
  EXPECT_FALSE(cut->take(chunks[0].substr(1)));
  auto swapped = machine.begin_load();
  EXPECT_TRUE(swapped->take(chunks[0]));
  EXPECT_FALSE(swapped->take(chunks[2]));
  RegisterMachine small(0);
  auto beyond = small.begin_load();
  EXPECT_TRUE(beyond->take(chunks_of(small)[0]));
  EXPECT_FALSE(beyond->take("")) << "nothing may follow the last piece";
}

}  // namespace
}  // namespace vow::sim
