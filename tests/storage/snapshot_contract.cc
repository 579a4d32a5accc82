#include "tests/storage/snapshot_contract.h"

#include <gmock/gmock.h>

#include "tests/storage/snapshot_samples.h"

namespace vow::storage {

using ::testing::IsEmpty;
using ::testing::SizeIs;

SnapshotContract::SnapshotContract() : disk_(GetParam().make_disk()), store_(open_store(*disk_)) {}

void SnapshotContract::reopen() {
  store_.reset();
  store_ = open_store(*disk_);
}

TEST_P(SnapshotContract, HasNoSnapshotAtFirst) {
  EXPECT_EQ(must_have_latest(*store_), std::nullopt);
  EXPECT_EQ(store_->open(SnapshotId{}).error().fault, Fault::absent);
}

TEST_P(SnapshotContract, GivesBackWhatWasWrittenChunkByChunk) {
  const SnapshotMeta meta = must_install(*store_, sample(10));
  EXPECT_EQ(meta.id.at, sample(10).at);
  EXPECT_EQ(meta.configuration, sample(10).configuration);
  EXPECT_EQ(must_have_latest(*store_), meta);
  EXPECT_EQ(read_back(*store_, meta.id).value(), sample(10));
  reopen();
  EXPECT_EQ(must_have_latest(*store_), meta);
  EXPECT_EQ(read_back(*store_, meta.id).value(), sample(10));
}

TEST_P(SnapshotContract, StaysAtTheEndOnceReadThere) {
  const SampleSnapshot nothing{{Index(1), Term(1)}, "", {}};
  const SnapshotMeta meta = must_install(*store_, nothing);
  const auto reader = store_->open(meta.id).value();
  EXPECT_EQ(reader->meta(), meta);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reader->next().value(), std::nullopt);
}

TEST_P(SnapshotContract, GivesEqualContentEqualIdsAndOtherContentOthers) {
  EXPECT_EQ(peer_file(sample(10)).id, must_install(*store_, sample(10)).id);
  SampleSnapshot other = sample(10);
  other.configuration[0] ^= 1;
  EXPECT_NE(peer_file(other).id.digest, peer_file(sample(10)).id.digest);
}

TEST_P(SnapshotContract, ReplacesOlderOnes) {
  const SnapshotMeta older = must_install(*store_, sample(10));
  const SnapshotMeta newer = must_install(*store_, sample(20));
  EXPECT_EQ(must_have_latest(*store_), newer);
  EXPECT_EQ(store_->open(older.id).error().fault, Fault::absent);
  EXPECT_EQ(store_->read_raw(older.id, 0, 1).error().fault, Fault::absent);
  EXPECT_THAT(disk_->list().value(), SizeIs(1));
}

TEST_P(SnapshotContract, LetsAReaderFinishWhatWasReplaced) {
  const SnapshotMeta older = must_install(*store_, sample(10));
  const auto reader = store_->open(older.id).value();
  must_install(*store_, sample(20));
  EXPECT_EQ(reader->next().value(), sample(10).chunks[0]);
}

TEST_P(SnapshotContract, LeavesNothingOfASnapshotThatWasNotFinished) {
  const SnapshotMeta kept = must_install(*store_, sample(10));
  {
    const auto writer = store_->begin(LogPosition{Index(20), Term(3)}, "").value();
    ASSERT_TRUE(writer->append("never finished").ok());
    EXPECT_EQ(must_have_latest(*store_), kept);
  }
  EXPECT_EQ(must_have_latest(*store_), kept);
  EXPECT_THAT(disk_->list().value(), SizeIs(1));
}

TEST_P(SnapshotContract, AnswersAnOutdatedWriterWithTheNewerSnapshot) {
  const auto writer = store_->begin(sample(10).at, "").value();
  const SnapshotMeta received = send(*store_, peer_file(sample(20)), 1000).value();
  EXPECT_EQ(writer->finish().value(), received);
  EXPECT_EQ(must_have_latest(*store_), received);
}

TEST_P(SnapshotContract, SendsAndReceivesInPiecesOfAnySize) {
  const PeerFile file = peer_file(sample(10));
  for (const std::size_t piece : {1u, 7u, 512u, 1000u, 100'000u}) {
    const auto disk = GetParam().make_disk();
    const auto receiver = open_store(*disk);
    const SnapshotMeta meta = send(*receiver, file, piece).value();
    EXPECT_EQ(meta.id, file.id);
    EXPECT_EQ(must_have_latest(*receiver), meta);
    EXPECT_EQ(read_back(*receiver, meta.id).value(), sample(10));
    EXPECT_EQ(receiver->read_raw(meta.id, 0, file.bytes.size()).value(), file.bytes);
  }
}

TEST_P(SnapshotContract, ReadsRawBytesFromAnywhere) {
  const SnapshotId id = must_install(*store_, sample(10)).id;
  const std::string bytes = peer_file(sample(10)).bytes;
  EXPECT_EQ(store_->read_raw(id, 100, 50).value(), bytes.substr(100, 50));
  EXPECT_EQ(store_->read_raw(id, id.size - 5, 50).value(), bytes.substr(id.size - 5));
  EXPECT_EQ(store_->read_raw(id, id.size, 50).value(), "");
  EXPECT_EQ(store_->read_raw(id, id.size + 1000, 50).value(), "");
}

TEST_P(SnapshotContract, IgnoresBytesAtAnotherOffsetAndSaysWhichItWants) {
  const PeerFile file = peer_file(sample(10));
  EXPECT_EQ(store_->receive(file.id, 300, file.bytes.substr(300, 100)).value().offset, 0u);
  EXPECT_EQ(store_->receive(file.id, 0, file.bytes.substr(0, 100)).value().offset, 100u);
  EXPECT_EQ(store_->receive(file.id, 0, "a late duplicate").value().offset, 100u);
  EXPECT_EQ(store_->receive(file.id, 150, "too early").value().offset, 100u);
  EXPECT_EQ(send(*store_, file, 100).value().id, file.id);
  EXPECT_EQ(read_back(*store_, file.id).value(), sample(10));
}

TEST_P(SnapshotContract, GoesOnReceivingAfterARestart) {
  const PeerFile file = peer_file(sample(10));
  ASSERT_EQ(store_->receive(file.id, 0, file.bytes.substr(0, 1700)).value().offset, 1700u);
  reopen();
  EXPECT_EQ(must_have_latest(*store_), std::nullopt);
  const std::uint64_t offset = store_->receive(file.id, 0, "").value().offset;
  EXPECT_GT(offset, 600u) << "the whole chunks must not be sent again";
  EXPECT_LE(offset, 1700u);
  EXPECT_EQ(send(*store_, file, 100).value().id, file.id);
  EXPECT_EQ(read_back(*store_, file.id).value(), sample(10));
}

TEST_P(SnapshotContract, DropsOneFileForAnother) {
  const PeerFile first = peer_file(sample(10));
  const PeerFile second = peer_file(sample(20));
  ASSERT_EQ(store_->receive(first.id, 0, first.bytes.substr(0, 1000)).value().offset, 1000u);
  ASSERT_EQ(store_->receive(second.id, 0, second.bytes.substr(0, 500)).value().offset, 500u);
  EXPECT_THAT(disk_->list().value(), SizeIs(1));
  EXPECT_EQ(store_->receive(first.id, 1000, "").value().offset, 0u);
}

TEST_P(SnapshotContract, DropsACompleteFileThatFailsItsChecks) {
  const PeerFile file = peer_file(sample(10));
  PeerFile broken = file;
  broken.bytes[700] ^= 1;
  const Received dropped = store_->receive(broken.id, 0, broken.bytes).value();
  EXPECT_EQ(dropped.offset, 0u);
  EXPECT_EQ(dropped.installed, std::nullopt);
  EXPECT_EQ(must_have_latest(*store_), std::nullopt);
  EXPECT_EQ(send(*store_, file, 1000).value().id, file.id);
}

TEST_P(SnapshotContract, DropsAFileThatIsNotTheOneAnnounced) {
  const PeerFile file = peer_file(sample(10));
  const std::string longer = file.bytes + "more";
  for (const SnapshotId& announced : {SnapshotId{file.id.at, file.id.size, file.id.digest + 1},
                                      SnapshotId{sample(11).at, file.id.size, file.id.digest},
                                      SnapshotId{file.id.at, file.id.size - 1, file.id.digest},
                                      SnapshotId{file.id.at, longer.size(), file.id.digest}}) {
    const Received dropped = store_->receive(announced, 0, longer).value();
    EXPECT_EQ(dropped.offset, 0u);
    EXPECT_EQ(dropped.installed, std::nullopt);
    EXPECT_THAT(disk_->list().value(), IsEmpty());
  }
  EXPECT_EQ(must_have_latest(*store_), std::nullopt);
}

TEST_P(SnapshotContract, AnswersBytesOfAnOldSnapshotWithTheLatest) {
  const SnapshotMeta latest = must_install(*store_, sample(20));
  for (const std::uint64_t index : {10u, 20u}) {
    const PeerFile file = peer_file(sample(index));
    EXPECT_EQ(store_->receive(file.id, 0, file.bytes.substr(0, 10)).value().installed, latest);
  }
  EXPECT_THAT(disk_->list().value(), SizeIs(1));
}

}  // namespace vow::storage
