#include "coordinator/node/disk.h"

#include <utility>

#include "coordinator/base/limits.h"
#include "coordinator/base/plant.h"

namespace vow::node {
namespace {

using storage::Fault;

bool is_empty(const storage::LogWrite& write) {
  return !write.hard_state && !write.restart_at && !write.truncate_from && write.entries.empty() &&
         !write.compact_to;
}

DiskEvent run(SaveSnapshot job, storage::SnapshotStore& store) {
  auto writer = store.begin(job.at, job.configuration);
  if (!writer) return SnapshotSaved{Failure{writer.error()}};
  while (const auto chunk = job.frozen->next_chunk()) {
    if (auto written = (*writer)->append(*chunk); !written) return SnapshotSaved{Failure{written.error()}};
  }
  return SnapshotSaved{(*writer)->finish()};
}

DiskEvent run(LoadSnapshot job, storage::SnapshotStore& store) {
  auto loaded = load_newest(store, *job.loader);
  if (!loaded) return DiskFailed{loaded.error()};
  return SnapshotLoaded{*std::move(loaded), std::move(job.loader)};
}

DiskEvent run(const ReadSnapshot& job, storage::SnapshotStore& store) {
  SnapshotRead event{job.follower, job.id, {}, job.offset, Payload()};
  if (job.id) {
    event.id = *job.id;
  } else {
    const auto latest = store.latest();
    if (!latest) return DiskFailed{latest.error()};
    if (!*latest) {
      event.bytes = storage::failure(Fault::absent, "there is no snapshot to send");
      return event;
    }
    event.id = (*latest)->id;
  }
  auto bytes = store.read_raw(event.id, job.offset, limits::snapshot_chunk_bytes);
  if (bytes) {
    event.bytes = Payload(*std::move(bytes));
  } else {
    event.bytes = Failure{bytes.error()};
  }
  return event;
}

DiskEvent run(ReceiveSnapshot job, storage::SnapshotStore& store) {
  auto result = store.receive(job.chunk.id, job.chunk.offset, job.chunk.bytes.view());
  job.chunk.bytes = Payload();
  return SnapshotStored{std::move(job.chunk), std::move(result)};
}

}  // namespace

storage::Result<storage::SnapshotMeta> load_newest(storage::SnapshotStore& store,
                                                   StateMachine::Loader& loader) {
  auto latest = store.latest();
  if (!latest) return Failure{latest.error()};
  if (!*latest)
    return storage::failure(Fault::absent, "there is no snapshot: this disk was never given a beginning");
  auto reader = store.open((*latest)->id);
  if (!reader) return Failure{reader.error()};
  while (true) {
    auto chunk = (*reader)->next();
    if (!chunk) return Failure{chunk.error()};
    if (!*chunk) return **std::move(latest);
    if (!loader.take(**chunk)) {
      return storage::failure(Fault::damaged,
                              fmt::format("the snapshot at index {} passes its checksums but holds no "
                                          "state of this machine: it was written by another program",
                                          (*latest)->id.at.index.value()));
    }
  }
}

DiskEvent carry_out(std::vector<LogJob>& jobs, storage::LogStore& store) {
  VOW_CHECK(!jobs.empty(), "nothing to write");
  std::vector<storage::LogWrite> batch;
  batch.reserve(jobs.size());
  bool empty = true;
  for (LogJob& job : jobs) {
    empty = empty && is_empty(job.write);
    batch.push_back(std::move(job.write));
  }
  // Only barriers: what they wait for was written before.
  const storage::Result<void> written = empty ? storage::Result<void>() : store.write(batch);
  if (written || (VOW_PLANTED(failed_write_acknowledged) && written.error().fault == Fault::failed)) {
    const LogWritten event{jobs.back().seq};
    jobs.clear();
    return event;
  }
  if (written.error().fault != Fault::no_space) return DiskFailed{written.error()};
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].write = std::move(batch[i]);
  return LogRefused{written.error().what};
}

DiskEvent carry_out(SnapshotJob job, storage::SnapshotStore& store) {
  return std::visit([&](auto& each) { return run(std::move(each), store); }, job);
}

}  // namespace vow::node
