#include "coordinator/base/bytes.h"

#include <gtest/gtest.h>

#include "coordinator/base/checksum.h"

namespace vow {
namespace {

TEST(Bytes, ReadBackWhatWasWritten) {
  ByteWriter w;
  w.u8(0xfe);
  w.u32(0xdeadbeef);
  w.u64(0x0123456789abcdefULL);
  w.bytes("hello");
  w.bytes("");

  ByteReader r(w.view());
  EXPECT_EQ(r.u8(), 0xfe);
  EXPECT_EQ(r.u32(), 0xdeadbeefU);
  EXPECT_EQ(r.u64(), 0x0123456789abcdefULL);
  EXPECT_EQ(r.bytes(), "hello");
  EXPECT_EQ(r.bytes(), "");
  EXPECT_TRUE(r.at_end());
}

TEST(Bytes, NumbersAreLittleEndianOnDisk) {
  ByteWriter w;
  w.u32(0x01020304);
  EXPECT_EQ(w.view(), std::string("\x04\x03\x02\x01"));
}

TEST(Bytes, ReadingPastTheEndIsNoticedAndStaysNoticed) {
  ByteReader r(std::string_view("\x01\x02", 2));
  EXPECT_EQ(r.u32(), 0U);
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.u8(), 0) << "once past the end, nothing more is handed out";
  EXPECT_FALSE(r.at_end());
}

TEST(Bytes, ALengthBeyondTheInputIsNotFollowed) {
  ByteWriter w;
  w.u32(0xffffffff);
  ByteReader r(w.view());
  EXPECT_TRUE(r.bytes().empty());
  EXPECT_FALSE(r.ok());
}

TEST(Checksum, IsTheSameOnEveryMachine) {
  // Part of the formats on disk: another value here means that old stores cannot be read.
  EXPECT_EQ(checksum("vow"), 0x4fc648de82b686c4ULL);
  EXPECT_NE(checksum("vow", 1), checksum("vow", 2)) << "the seed chains";
}

}  // namespace
}  // namespace vow
