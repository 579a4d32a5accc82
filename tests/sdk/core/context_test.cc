// The headers in which a transaction travels: they come from other programs, and may be anything.
#include "participant-sdk/core/context.h"

#include <gtest/gtest.h>

#include "coordinator/base/random.h"
#include "coordinator/txn/branch.h"
#include "coordinator/txn/xid.h"

namespace vow::sdk {
namespace {

const std::string xid =
    txn::to_string(txn::Xid{.cell = 7, .incarnation = 1, .term = 2, .timeout_s = 60, .sequence = 9});

TEST(Context, IsReadAsItWasWritten) {
  for (const Path path : {root_path, call_path(root_path, 1), ~Path{0}}) {
    const Context context{xid, path};
    EXPECT_EQ(parse_context(encode(context)), context);
  }
  EXPECT_EQ(encode(Context{xid, 0xab}), "1." + xid + ".00000000000000ab");
}

TEST(Context, IsFoundInHeadersOfAnyCase) {
  EXPECT_EQ(context_of({{"Vow-Context", encode(Context{xid, 1})}}), (Context{xid, 1}));
  EXPECT_EQ(context_of({{"vow-contexts", encode(Context{xid, 1})}}), std::nullopt);
}

TEST(Context, OfAnotherVersionOrFormIsRefused) {
  const std::string good = encode(Context{xid, 1});
  EXPECT_EQ(parse_context("2" + good.substr(1)), std::nullopt);
  EXPECT_EQ(parse_context(good + "0"), std::nullopt);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(parse_context(good.substr(0, size)), std::nullopt);
}

TEST(Branches, AreReadAsTheyWereWritten) {
  for (std::size_t count = 0; count < 5; ++count) {
    std::vector<preparation> branches;
    for (std::size_t i = 0; i < count; ++i)
      branches.push_back({xid, "b" + std::to_string(i), txn::nonce_max - i});
    EXPECT_EQ(parse_branches(encode(branches), xid), branches);
  }
}

TEST(Branches, ThatAreSharedHaveNoNonceYet) {
  EXPECT_EQ(parse_branches("1.b.0", xid), (std::vector<preparation>{{xid, "b", 0}}));
}

TEST(Branches, ThatCannotBeAreRefused) {
  for (const char* text : {"", "2", "1.", "1.b", "1.b.", "1.b.x", "1.B.1", "1.b.1,", ",1.b.1",
                           "1.b.1099511627776", "1.b.-1", "1.toolongname.1", "1.b.1 ", "1.b.1,1"}) {
    EXPECT_EQ(parse_branches(text, xid), std::nullopt) << text;
  }
}

TEST(Branches, AndContextsThatAreSpoiltAreReadOrRefusedAndNothingElse) {
  Random random(1);
  const std::string branches = encode(std::vector<preparation>{{xid, "a", 1}, {xid, "b", 2}});
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random.chance(0.5) ? branches : encode(Context{xid, 77});
    for (std::uint64_t n = random.between(1, 3); n > 0; --n)
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    (void)parse_branches(text, xid);
    if (const auto context = parse_context(text)) {
      EXPECT_EQ(encode(*context).size(), text.size());
    }
  }
}

}  // namespace
}  // namespace vow::sdk
