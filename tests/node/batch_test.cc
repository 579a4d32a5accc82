#include "coordinator/node/batch.h"

#include <gtest/gtest.h>

namespace vow::node {
namespace {

TEST(Batch, CommandsComeOutAsTheyWentIn) {
  const std::vector<Payload> commands{Payload("first"), Payload(""), Payload(std::string("a\0b", 3))};
  const Payload entry = pack(commands);
  EXPECT_EQ(unpack(entry.view()), (std::vector<std::string_view>{"first", "", std::string_view("a\0b", 3)}));
  std::size_t bytes = 0;
  for (const Payload& command : commands) bytes += packed_bytes(command);
  EXPECT_EQ(entry.size(), bytes) << "what fits is decided by this";
}

TEST(Batch, AnEntryThatIsCutOffIsNotTakenForAWholeOne) {
  const Payload entry = pack(std::vector{Payload("command")});
  EXPECT_DEATH((void)unpack(entry.view().substr(0, entry.size() - 1)), "is cut off");
}

}  // namespace
}  // namespace vow::node
