#include "storage/commit_witness.h"

#include <fmt/format.h>

#include "coordinator/base/bytes.h"
#include "coordinator/base/checksum.h"

namespace vow::storage {

namespace {

constexpr std::uint32_t witness_version = 1;
constexpr std::size_t sector_bytes = 512;
constexpr std::size_t checksum_bytes = sizeof(std::uint64_t);
constexpr std::size_t witness_bytes = 2 * sizeof(std::uint32_t) + 7 * sizeof(std::uint64_t) + checksum_bytes;
static_assert(witness_bytes <= sector_bytes);

std::string encode(const Witnessed& witnessed) {
  ByteWriter out;
  out.u32(witness_version);
  out.u32(witnessed.geometry.page_bytes);
  for (const std::uint64_t number :
       {witnessed.geometry.wal_bytes, witnessed.identity.cell.value(), witnessed.identity.node.value(),
        witnessed.commits, witnessed.last.index.value(), witnessed.last.term.value(), witnessed.chain})
    out.u64(number);
  out.u64(checksum(out.view()));
  VOW_CHECK(out.view().size() == witness_bytes, "a witness of {} bytes", out.view().size());
  return out.take();
}

Failure<Error> damaged(const std::string& name) {
  return failure(Fault::damaged,
                 fmt::format("the commit witness {} is damaged; without it a lost commit could go "
                             "unnoticed: remove the store and let the node join anew",
                             name));
}

Result<Witnessed> decode(std::string_view bytes, const std::string& name) {
  if (bytes.size() < witness_bytes) return damaged(name);
  const std::string_view body = bytes.substr(0, witness_bytes - checksum_bytes);
  if (ByteReader(bytes.substr(body.size())).u64() != checksum(body)) return damaged(name);
  ByteReader in(body);
  if (const std::uint32_t version = in.u32(); version != witness_version)
    return failure(Fault::wrong_version,
                   fmt::format("the commit witness {} has format version {}, this vow knows "
                               "{}; start the vow that wrote it",
                               name, version, witness_version));
  Witnessed witnessed;
  witnessed.geometry.page_bytes = in.u32();
  witnessed.geometry.wal_bytes = in.u64();
  witnessed.identity.cell = CellId(in.u64());
  witnessed.identity.node = NodeId(in.u64());
  witnessed.commits = in.u64();
  witnessed.last.index = Index(in.u64());
  witnessed.last.term = Term(in.u64());
  witnessed.chain = in.u64();
  return witnessed;
}

Witnessed of(const LogGeometry& geometry, const LogState& state) {
  return {geometry, state.identity, state.commits, state.last, state.chain};
}

}  // namespace

Result<CommitWitness> CommitWitness::create(Disk& disk, const std::string& name, const LogGeometry& geometry,
                                            const LogState& state) {
  Result<std::unique_ptr<File>> file = disk.open(name, Disk::Open::create);
  if (!file) return Failure{file.error()};
  const Witnessed first = of(geometry, state);
  if (auto done = (*file)->truncate(0); !done) return Failure{done.error()};
  for (const unsigned sector : {0u, 1u})
    if (auto done = (*file)->write(sector * sector_bytes, encode(first)); !done) return Failure{done.error()};
  if (auto done = (*file)->sync(); !done) return Failure{done.error()};
  return CommitWitness(std::move(*file), first, 0);
}

Result<CommitWitness> CommitWitness::open(Disk& disk, const std::string& name) {
  Result<std::unique_ptr<File>> file = disk.open(name, Disk::Open::existing);
  if (!file) return Failure{file.error()};
  std::optional<CommitWitness> newest;
  Error why;
  for (const unsigned sector : {0u, 1u}) {
    const Result<std::string> bytes = (*file)->read(sector * sector_bytes, witness_bytes);
    if (!bytes) return Failure{bytes.error()};
    const Result<Witnessed> witnessed = decode(*bytes, name);
    if (!witnessed)
      why = witnessed.error();
    else if (!newest || newest->last_.commits < witnessed->commits)
      newest.emplace(CommitWitness(nullptr, *witnessed, sector));
  }
  if (!newest) return Failure{why};
  newest->file_ = std::move(*file);
  return std::move(*newest);
}

Result<void> CommitWitness::note(const LogState& state) {
  VOW_CHECK(state.commits >= last_.commits, "commit {} after {}", state.commits, last_.commits);
  last_ = of(last_.geometry, state);
  sector_ ^= 1;
  return file_->write(sector_ * sector_bytes, encode(last_));
}

Result<void> check_witnessed(const Witnessed& witnessed, const LogState& recovered, std::uint64_t wal_bytes) {
  if (wal_bytes < witnessed.geometry.wal_bytes)
    return failure(Fault::damaged,
                   fmt::format("the write-ahead log is cut short: it has {} bytes and never had fewer "
                               "than {}; remove the store and let the node join anew",
                               wal_bytes, witnessed.geometry.wal_bytes));
  if (recovered.commits > witnessed.commits) return {};
  const Witnessed found = of(witnessed.geometry, recovered);
  if (found == witnessed) return {};
  return failure(
      Fault::damaged,
      fmt::format("the log has lost acknowledged commits: {} of them up to index {} were acknowledged, "
                  "but the files hold {} up to index {}; remove the store and let the node join anew",
                  witnessed.commits, witnessed.last.index.value(), recovered.commits,
                  recovered.last.index.value()));
}

}  // namespace vow::storage
