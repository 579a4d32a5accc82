#include "tests/storage/snapshot_samples.h"

#include "tests/support/faulty_disk.h"

namespace vow::storage {
namespace {

std::string noise(std::uint64_t seed, std::size_t bytes) {
  Random random(seed);
  std::string content;
  while (content.size() < bytes) content.push_back(static_cast<char>(random.below(256)));
  return content;
}

}  // namespace

SampleSnapshot sample(std::uint64_t index, std::uint64_t term) {
  return {{Index(index), Term(term)},
          "members as of " + std::to_string(index),
          {noise(index, 600), "", noise(index + 1, 1100), "the end of " + std::to_string(index)}};
}

std::unique_ptr<FileSnapshotStore> open_store(Disk& disk) {
  auto store = FileSnapshotStore::open_on(disk);
  VOW_CHECK(store.ok(), "{}", store.error().what);
  return std::move(store).value();
}

SnapshotMeta must_install(SnapshotStore& store, const SampleSnapshot& snapshot) {
  auto meta = install(store, snapshot);
  VOW_CHECK(meta.ok(), "{}", meta.error().what);
  return std::move(meta).value();
}

std::optional<SnapshotMeta> must_have_latest(SnapshotStore& store) {
  auto meta = store.latest();
  VOW_CHECK(meta.ok(), "{}", meta.error().what);
  return std::move(meta).value();
}

Result<SnapshotMeta> install(SnapshotStore& store, const SampleSnapshot& snapshot) {
  auto writer = store.begin(snapshot.at, snapshot.configuration);
  if (!writer.ok()) return Failure{writer.error()};
  for (const std::string& chunk : snapshot.chunks)
    if (auto written = (*writer)->append(chunk); !written.ok()) return Failure{written.error()};
  return (*writer)->finish();
}

Result<SampleSnapshot> read_back(SnapshotStore& store, const SnapshotId& id) {
  auto reader = store.open(id);
  if (!reader.ok()) return Failure{reader.error()};
  SampleSnapshot found{id.at, (*reader)->meta().configuration, {}};
  for (;;) {
    auto chunk = (*reader)->next();
    if (!chunk.ok()) return Failure{chunk.error()};
    if (!chunk->has_value()) return found;
    found.chunks.push_back(**chunk);
  }
}

PeerFile peer_file(const SampleSnapshot& snapshot) {
  vow::testing::FaultyDisk disk{Random(1)};
  const auto store = open_store(disk);
  const SnapshotId id = must_install(*store, snapshot).id;
  return {id, store->read_raw(id, 0, id.size).value()};
}

Result<SnapshotMeta> send(SnapshotStore& receiver, const PeerFile& file, std::size_t piece_bytes) {
  std::uint64_t offset = 0;
  for (;;) {
    auto received =
        receiver.receive(file.id, offset, std::string_view(file.bytes).substr(offset, piece_bytes));
    if (!received.ok()) return Failure{received.error()};
    if (received->installed) return *received->installed;
    offset = received->offset;
  }
}

}  // namespace vow::storage
