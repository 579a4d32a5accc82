// An index that finds slots by hash, and the map made of it.
#include "coordinator/base/slot_map.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "coordinator/base/random.h"

namespace vow {
namespace {

using Slot = SlotIndex::Slot;

// As if all keys had the same hash but for a few bits: long runs of neighbours in few tables.
struct Crowded {
  std::uint32_t number = 0;
  bool operator==(const Crowded&) const = default;
};

}  // namespace
}  // namespace vow

template <>
struct std::hash<vow::Crowded> {
  std::size_t operator()(const vow::Crowded& key) const noexcept {
    return std::uint64_t{key.number % 3} << 40 | key.number % 7;
  }
};

namespace vow {
namespace {

TEST(SlotIndex, TellsSlotsOfTheSameHashApart) {
  SlotIndex index;
  for (Slot slot = 0; slot < 20; ++slot) index.insert(77, slot);
  EXPECT_EQ(index.find(77, [](Slot slot) { return slot == 13; }), 13u);
  EXPECT_EQ(index.find(77, [](Slot slot) { return slot == 20; }), SlotIndex::no_slot);
  EXPECT_EQ(index.find(78, [](Slot) { return true; }), SlotIndex::no_slot);
}

TEST(SlotIndex, FindsTheOthersWhenOneIsErased) {
  // Hashes that crowd round the end of a table, so that runs go round it.
  SlotIndex index;
  const auto hash = [](Slot slot) { return std::size_t{62 + slot % 5}; };
  for (Slot slot = 0; slot < 40; ++slot) index.insert(hash(slot), slot);
  for (Slot gone = 0; gone < 40; gone += 2) index.erase(hash(gone), gone);
  for (Slot slot = 0; slot < 40; ++slot) {
    const Slot found = index.find(hash(slot), [&](Slot at) { return at == slot; });
    EXPECT_EQ(found, slot % 2 == 0 ? SlotIndex::no_slot : slot);
  }
  EXPECT_EQ(index.size(), 20u);
}

TEST(SlotIndexDeathTest, KnowsWhatItDoesNotHold) {
  SlotIndex index;
  index.insert(1, 1);
  EXPECT_DEATH(index.erase(1, 2), "slot 2 is not in the index");
}

TEST(SlotMap, IsAMap) {
  SlotMap<Crowded, std::string> map;
  std::map<std::uint32_t, std::string> model;
  Random random(1);
  for (std::uint32_t step = 0; step < 20'000; ++step) {
    const auto number = static_cast<std::uint32_t>(random.below(300));
    if (random.below(2) == 0) {
      EXPECT_EQ(map.erase({number}), model.erase(number) == 1);
    } else {
      map[{number}] = model[number] = std::to_string(step);
    }
    const auto asked = static_cast<std::uint32_t>(random.below(300));
    const std::string* found = map.find({asked});
    ASSERT_EQ(found != nullptr, model.contains(asked)) << asked << " in step " << step;
    if (found != nullptr) {
      EXPECT_EQ(*found, model[asked]);
    }
  }
  EXPECT_EQ(map.size(), model.size());
  std::map<std::uint32_t, std::string> walked;
  map.for_each([&](const Crowded& key, const std::string& value) { walked[key.number] = value; });
  EXPECT_EQ(walked, model);
}

TEST(SlotMap, KeepsValuesWhereTheyAre) {
  SlotMap<Crowded, std::string> map;
  std::string& first = map[{1}];
  first = "first";
  for (std::uint32_t i = 2; i < 2'000; ++i) map[{i}] = "another";
  EXPECT_EQ(map.find({1}), &first);
  EXPECT_EQ(first, "first");
}

TEST(SlotMap, GivesANewKeyNothingOfAnErasedOne) {
  SlotMap<Crowded, std::string> map;
  map[{1}] = "first";
  map.erase({1});
  EXPECT_EQ(map[{2}], "");
}

}  // namespace
}  // namespace vow
