// A list that needs no memory of its own while it is short.
#include "coordinator/base/few.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using List = Few<int, 3>;

List up_to(int last) {
  List list;
  for (int i = 1; i <= last; ++i) list.push_back(i);
  return list;
}

TEST(Few, HoldsMoreThanFitInPlace) {
  EXPECT_THAT(up_to(3), ElementsAre(1, 2, 3));
  EXPECT_THAT(up_to(4), ElementsAre(1, 2, 3, 4));
  std::vector<int> many(100);
  for (int i = 0; i < 100; ++i) many[static_cast<std::size_t>(i)] = i + 1;
  EXPECT_THAT(up_to(100), ElementsAreArray(many));
}

TEST(Few, IsCopied) {
  for (const int size : {2, 5}) {
    const List original = up_to(size);
    List copy = original;
    *copy.begin() = 9;
    EXPECT_EQ(*original.begin(), 1);
    copy = original;
    EXPECT_THAT(copy, ElementsAreArray(original.begin(), original.end()));
  }
}

TEST(Few, IsMovedAndLeavesAnEmptyOneThatCanBeUsed) {
  for (const int size : {2, 5}) {
    List from = up_to(size);
    List to = up_to(7);
    to = std::move(from);
    EXPECT_EQ(to.size(), static_cast<std::size_t>(size));
    EXPECT_TRUE(from.empty());
    for (int i = 1; i <= 5; ++i) from.push_back(i);
    EXPECT_THAT(from, ElementsAre(1, 2, 3, 4, 5));
  }
}

TEST(Few, TakesALongerOneAfterAShorter) {
  List list = up_to(5);
  list.clear();
  EXPECT_TRUE(list.empty());
  list = up_to(2);
  list = up_to(6);
  EXPECT_THAT(list, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Few, TakesAValueOfItsOwn) {
  List list = up_to(3);
  list.push_back(*list.begin());
  EXPECT_THAT(list, ElementsAre(1, 2, 3, 1));
}

}  // namespace
}  // namespace vow
