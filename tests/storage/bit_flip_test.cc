// One flipped bit anywhere in a log's files: the store is refused, or everything reads as it was. Never other
// entries, never fewer, never a crash.
//
// By default one bit of each byte is flipped, and few of the stores that were let pass are written to; with
// VOW_ALL_BITS=1 in the environment all eight, and many.
#include <cstdlib>
#include <memory>
#include <string_view>

#include <gmock/gmock.h>

#include "tests/storage/log_model.h"
#include "tests/storage/sqlite_medium.h"

namespace vow::storage {
namespace {

using testing::FaultyDisk;

constexpr Identity identity{CellId(7), NodeId(11)};
constexpr LogGeometry tiny_geometry{.page_bytes = 512, .wal_bytes = 8u << 10};

// A moment in the life of a store: its files, and what they must read as.
struct Moment {
  FaultyDisk disk{Random(1)};
  LogModel content;
};

LogWrite append(const LogModel& to, std::size_t count, std::size_t bytes) {
  LogWrite write;
  for (std::size_t i = 0; i < count; ++i)
    write.entries.push_back(entry(to.last().index.value() + 1 + i, 3, bytes));
  return write;
}

// A store that a test writes to until it is in the state it is after.
class Life {
 public:
  Life() {
    EXPECT_TRUE(medium.create(identity).ok());
    write({.hard_state = HardState{Term(3), NodeId(11)}});
  }
  void write(const LogWrite& what) {
    ASSERT_TRUE(medium.store().write({&what, 1}).ok());
    content.carry_out(what);
  }
  void append_and_compact() {
    LogWrite both = append(content, 3, 150);
    if (content.entries.size() > 20) both.compact_to = content.entries[10].position();
    write(both);
  }
  void write_until_checkpoint() {
    const std::uint64_t before = medium.sqlite_store().figures().checkpoints;
    while (medium.sqlite_store().figures().checkpoints == before) append_and_compact();
  }
  std::unique_ptr<Moment> now() {
    auto moment = std::make_unique<Moment>();
    moment->disk.copy_from(medium.disk());
    moment->content = content;
    return moment;
  }

  SqliteMedium medium{1, tiny_geometry};
  LogModel content;
};

std::unique_ptr<Moment> before_any_checkpoint() {
  Life life;
  for (int i = 0; i < 4; ++i) life.append_and_compact();
  return life.now();
}

// The database is synced, the write-ahead log not yet begun anew: the commit that follows is not there.
std::unique_ptr<Moment> right_after_a_checkpoint() {
  Life life;
  std::unique_ptr<Moment> moment;
  life.write_until_checkpoint();
  life.medium.disk().on_sync([&](const std::string& name) {
    if (name == log_database_name) moment = life.now();
  });
  life.write_until_checkpoint();
  return moment;
}

// Frames of an older generation lie behind those of the new one.
std::unique_ptr<Moment> write_ahead_log_begun_anew() {
  Life life;
  life.write_until_checkpoint();
  life.append_and_compact();
  return life.now();
}

// With free pages in the database, rows that are garbage, and a compacted base within a run.
std::unique_ptr<Moment> after_a_long_life() {
  Life life;
  for (int i = 0; i < 6; ++i) life.write_until_checkpoint();
  life.write({.truncate_from = Index(life.content.last().index.value() - 3)});
  return life.now();
}

bool refuses(const Error& error) {
  return error.fault == Fault::damaged || error.fault == Fault::wrong_version ||
         error.fault == Fault::wrong_identity;
}

// What the store still says after further writes, a checkpoint among them, must hold too: a flipped bit that
// was let pass may not strike later.
void expect_unharmed_later(SqliteMedium& medium, const Moment& moment) {
  LogModel expected = moment.content;
  for (int i = 0; i < 12; ++i) {
    const LogWrite more = append(expected, 4, 200);
    const auto written = medium.store().write({&more, 1});
    if (!written.ok()) {
      EXPECT_TRUE(refuses(written.error())) << written.error().what;
      return;
    }
    expected.carry_out(more);
  }
  const auto reopened = medium.reopen_after_crash();
  const auto found = reopened.ok() ? observe(medium.store()) : Result<LogModel>(Failure{reopened.error()});
  if (found.ok()) {
    EXPECT_TRUE(*found == expected) << "other content, later on";
  } else {
    EXPECT_TRUE(refuses(found.error())) << found.error().what;
  }
}

struct Scene {
  std::string name;
  std::unique_ptr<Moment> (*play)();
};

class BitFlip : public ::testing::TestWithParam<Scene> {};

TEST_P(BitFlip, IsRefusedOrDoesNoHarm) {
  const std::unique_ptr<Moment> moment = GetParam().play();
  ASSERT_NE(moment, nullptr);
  const char* all_bits = std::getenv("VOW_ALL_BITS");
  const bool is_thorough = all_bits != nullptr && std::string_view(all_bits) == "1";
  const std::uint64_t stride = is_thorough ? 1 : 8;
  const std::uint64_t written_to = is_thorough ? 7 : 101;
  std::uint64_t refused = 0;
  std::uint64_t harmless = 0;
  SqliteMedium medium(2);
  ASSERT_TRUE(medium.open_copy_of(moment->disk, identity).ok());
  ASSERT_EQ(observe(medium.store()).value(), moment->content) << "the unharmed store differs already";
  for (const std::string& name : moment->disk.names()) {
    const std::uint64_t bits = moment->disk.peek(name)->size() * 8;
    for (std::uint64_t at = 0; at < bits; at += stride) {
      const std::uint64_t bit = is_thorough ? at : at + at / 8 % 8;
      FaultyDisk harmed{Random(1)};
      harmed.copy_from(moment->disk);
      harmed.flip_bit(name, bit);
      const auto opened = medium.open_copy_of(harmed, identity);
      if (!opened.ok()) {
        ++refused;
        ASSERT_TRUE(refuses(opened.error())) << name << " bit " << bit << ": " << opened.error().what;
        continue;
      }
      ++harmless;
      const auto found = observe(medium.store());
      ASSERT_TRUE(found.ok()) << name << " bit " << bit << ": " << found.error().what;
      ASSERT_TRUE(*found == moment->content)
          << name << " bit " << bit << ": other content, with a straight face";
      if (harmless % written_to == 0) expect_unharmed_later(medium, *moment);
      ASSERT_FALSE(HasFailure()) << name << " bit " << bit;
    }
  }
  RecordProperty("refused", std::to_string(refused));
  RecordProperty("harmless", std::to_string(harmless));
  EXPECT_GT(refused, 1000u) << "hardly any flip was noticed: the test is blind";
  EXPECT_GT(harmless, 100u) << "bits that nothing depends on should not matter";
}

INSTANTIATE_TEST_SUITE_P(Moments, BitFlip,
                         ::testing::Values(Scene{"BeforeAnyCheckpoint", before_any_checkpoint},
                                           Scene{"RightAfterACheckpoint", right_after_a_checkpoint},
                                           Scene{"WriteAheadLogBegunAnew", write_ahead_log_begun_anew},
                                           Scene{"AfterALongLife", after_a_long_life}),
                         [](const auto& scene) { return scene.param.name; });

TEST(SqliteLogClosing, ChangesNothing) {
  Life life;
  life.append_and_compact();
  const std::uint64_t steps = life.medium.disk().counters().steps;
  life.medium.close();
  EXPECT_EQ(life.medium.disk().counters().steps, steps) << "a clean close must leave what kill -9 leaves";
}

}  // namespace
}  // namespace vow::storage
