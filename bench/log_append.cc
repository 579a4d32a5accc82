// How fast is the log, held against the least that any durable log must do?
//
// In turns within one run, so that both meet the same disk: SqliteLogStore, with checkpoints and compaction
// going on all the time; and a plain preallocated file, one pwrite and one fdatasync for each batch of the
// same encoded entries. The ratio is the median of the ratios of neighbouring turns.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/counting_vfs.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "storage/posix_disk.h"
#include "storage/sqlite_log_store.h"

namespace vow::bench {

namespace {

using Clock = std::chrono::steady_clock;
using storage::Entry;
using storage::EntryKind;

constexpr std::uint64_t kept_entries = 100'000;
constexpr std::uint64_t compaction_step = 10'000;
constexpr std::uint64_t plain_file_bytes = 256u << 20;
constexpr std::chrono::milliseconds turn_length(500);

struct Options {
  double seconds;
  std::size_t batch;
  std::size_t bytes;
  std::string dir;
  std::string json;
};

template <class T>
T must(storage::Result<T> result) {
  if (!result) stop(result.error().what);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

Options parse(int count, char** arguments) {
  const Flags flags(count, arguments, {{"seconds", "30"}, {"batch", "64"}, {"bytes", "200"}, {"dir", "."}});
  const Options options{flags.seconds(), flags.count("batch"), flags.count("bytes"), flags.text("dir"),
                        flags.text("json")};
  if (options.batch > 100'000 || options.bytes > 1u << 20)
    stop("--batch takes up to 100000, --bytes up to 1048576");
  return options;
}

// The batch that comes next; both sides pay for making it.
class Source {
 public:
  Source(const Options& options) : batch_(options.batch), payload_(std::string(options.bytes, 'v')) {}
  std::vector<Entry> next() {
    std::vector<Entry> entries;
    entries.reserve(batch_);
    for (std::size_t i = 0; i < batch_; ++i)
      entries.push_back({Index(++index_), Term(1), EntryKind::command, payload_});
    return entries;
  }

 private:
  std::size_t batch_;
  Payload payload_;
  std::uint64_t index_ = 0;
};

class PlainLog {
 public:
  explicit PlainLog(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDWR | O_CREAT, 0600)) {
    if (descriptor_ < 0) stop("cannot create " + path);
    const std::string zeros(1u << 20, '\0');
    for (std::uint64_t at = 0; at < plain_file_bytes; at += zeros.size()) write(zeros);
    if (::fsync(descriptor_) != 0) stop("cannot sync " + path);
    offset_ = 0;
  }
  ~PlainLog() {
    ::close(descriptor_);
    std::filesystem::remove(path_);
  }
  PlainLog(const PlainLog&) = delete;
  PlainLog& operator=(const PlainLog&) = delete;

  void append(const std::vector<Entry>& entries) {
    const auto run = storage::encode_run(entries, chain_);
    chain_ = run.chain;
    if (offset_ + run.record.size() > plain_file_bytes) offset_ = 0;
    write(run.record);
    if (::fdatasync(descriptor_) != 0) stop("cannot sync " + path_);
  }

 private:
  void write(const std::string& bytes) {
    const auto done = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset_));
    if (done != static_cast<ssize_t>(bytes.size())) stop("cannot write " + path_);
    offset_ += bytes.size();
  }

  std::string path_;
  int descriptor_;
  std::uint64_t offset_ = 0;
  std::uint64_t chain_ = 0;
};

class StoredLog {
 public:
  explicit StoredLog(const std::string& directory)
      : disk_(must(storage::PosixDisk::open_directory(directory))) {
    const storage::LogPlace place{*disk_, directory + "/", counting_vfs_name};
    const storage::Identity identity{CellId(1), NodeId(1)};
    must(storage::SqliteLogStore::create(place, identity));
    store_ = must(storage::SqliteLogStore::open(place, identity));
  }

  void append(std::vector<Entry> entries) {
    storage::LogWrite write;
    const Index last = entries.back().index;
    write.entries = std::move(entries);
    if (last - store_->base().index > kept_entries + compaction_step)
      write.compact_to = {Index(last.value() - kept_entries), Term(1)};
    const auto start = Clock::now();
    must(store_->write({&write, 1}));
    latencies_us_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }

  // Of all writes so far.
  [[nodiscard]] double latency_us(double quantile) {
    const auto nth = static_cast<std::size_t>(quantile * static_cast<double>(latencies_us_.size() - 1));
    const auto place = latencies_us_.begin() + static_cast<std::ptrdiff_t>(nth);
    std::nth_element(latencies_us_.begin(), place, latencies_us_.end());
    return *place;
  }
  [[nodiscard]] std::size_t batches() const { return latencies_us_.size(); }
  [[nodiscard]] const storage::SqliteLogFigures& figures() const { return store_->figures(); }

 private:
  std::unique_ptr<storage::PosixDisk> disk_;
  std::unique_ptr<storage::SqliteLogStore> store_;
  std::vector<double> latencies_us_;
};

// Batches per second over one turn.
template <class Append>
double turn(Append append) {
  const auto start = Clock::now();
  std::uint64_t batches = 0;
  std::chrono::duration<double> elapsed{};
  do {
    append();
    ++batches;
    elapsed = Clock::now() - start;
  } while (elapsed < turn_length);
  return static_cast<double>(batches) / elapsed.count();
}

void run(const Options& options) {
  const std::string directory = options.dir + fmt::format("/bench_log_append.{}", ::getpid());
  std::filesystem::create_directories(directory);
  register_counting_vfs();
  std::vector<double> stored_rates;
  std::vector<double> plain_rates;
  std::vector<double> ratios;
  {
    PlainLog plain(directory + "/plain");
    StoredLog stored(directory);
    Source stored_source(options);
    Source plain_source(options);
    const SyncCounts before = sync_counts();
    const auto start = Clock::now();
    std::chrono::duration<double> elapsed{};
    do {
      stored_rates.push_back(turn([&] { stored.append(stored_source.next()); }) *
                             static_cast<double>(options.batch));
      plain_rates.push_back(turn([&] { plain.append(plain_source.next()); }) *
                            static_cast<double>(options.batch));
      ratios.push_back(stored_rates.back() / plain_rates.back());
      elapsed = Clock::now() - start;
    } while (elapsed.count() < options.seconds);

    const SyncCounts syncs = sync_counts() - before;
    const auto per_batch = [&](std::uint64_t count) {
      return static_cast<double>(count) / static_cast<double>(stored.batches());
    };
    fmt::print("{:<28}{:>12}{:>12}\n", "", "the log", "plain file");
    fmt::print("{:<28}{:>12.0f}{:>12.0f}\n", "entries/s (median turn)", median(stored_rates),
               median(plain_rates));
    fmt::print("{:<28}{:>12.4f}{:>12.4f}\n", "syncs per batch", per_batch(syncs.all()), 1.0);
    fmt::print("{:<28}{:>12.4f}\n", "  of commits", per_batch(syncs.commits));
    fmt::print("{:<28}{:>12.4f}\n", "  of checkpoints", per_batch(syncs.checkpoints + syncs.headers));
    fmt::print("{:<28}{:>12}\n", "checkpoints", stored.figures().checkpoints);
    fmt::print("{:<28}{:>12.3f}  ({:.3f} to {:.3f} over {} pairs of turns)\n", "ratio", median(ratios),
               *std::min_element(ratios.begin(), ratios.end()),
               *std::max_element(ratios.begin(), ratios.end()), ratios.size());
    const std::string json = fmt::format(
        R"({{"bench":"log_append","batch":{},"bytes":{},"entries_per_s":{:.0f},"plain_entries_per_s":{:.0f},)"
        R"("ratio":{:.4f},"fsyncs_per_batch":{:.4f},"commit_fsyncs_per_batch":{:.4f},)"
        R"("checkpoint_fsyncs_per_batch":{:.4f},"p50_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f},"seconds":{:.1f}}})",
        options.batch, options.bytes, median(stored_rates), median(plain_rates), median(ratios),
        per_batch(syncs.all()), per_batch(syncs.commits), per_batch(syncs.checkpoints + syncs.headers),
        stored.latency_us(0.5), stored.latency_us(0.99), stored.latency_us(0.999), elapsed.count());
    finish(json, options.json);
  }
  std::filesystem::remove_all(directory);
}

}  // namespace

}  // namespace vow::bench

int main(int count, char** arguments) { vow::bench::run(vow::bench::parse(count, arguments)); }
