#include "storage/run_table.h"

#include <vector>

#include <fmt/format.h>

namespace vow::storage {

namespace {
// A row costs something even if it is empty, so that many small ones are not removed in one go.
constexpr std::uint64_t reclaim_overhead_bytes = 64;
}  // namespace

Failure<Error> missing_from_database(Index entry) {
  return failure(Fault::damaged,
                 fmt::format("entry {} is missing from the log's database; remove the store and let "
                             "the node join anew",
                             entry.value()));
}

Result<RunTable> RunTable::open(Connection& connection) {
  std::vector<Statement> statements;
  for (const char* sql :
       {"INSERT INTO runs (last, record) VALUES (?1, ?2)", "DELETE FROM runs WHERE last >= ?1",
        "DELETE FROM runs WHERE last <= ?1", "SELECT last, record FROM runs WHERE last >= ?1 ORDER BY last",
        "SELECT last, length(record) FROM runs WHERE last <= ?1 ORDER BY last"}) {
    Result<Statement> statement = connection.prepare(sql);
    if (!statement) return Failure{statement.error()};
    statements.push_back(std::move(*statement));
  }
  return RunTable(std::move(statements[0]), std::move(statements[1]), std::move(statements[2]),
                  std::move(statements[3]), std::move(statements[4]));
}

Result<void> RunTable::insert(std::uint64_t key, std::string_view record) {
  insert_.bind(1, key);
  insert_.bind(2, record);
  return insert_.run();
}

Result<RunEnd> RunTable::append(std::span<const Entry> entries, std::uint64_t previous) {
  RunEnd end{entries.back().position(), previous};
  while (!entries.empty()) {
    const auto run = entries.first(run_length(entries));
    const EncodedRun encoded = encode_run(run, end.chain);
    if (auto done = insert(run.back().index.value(), encoded.record); !done) return Failure{done.error()};
    end.chain = encoded.chain;
    entries = entries.subspan(run.size());
  }
  return end;
}

Result<StoredRun> RunTable::find(Index index) {
  seek(index);
  const Result<std::optional<StoredRun>> found = next();
  if (!found) return Failure{found.error()};
  if (!*found || (*found)->first > index) return missing_from_database(index);
  return **found;
}

Result<Term> RunTable::term_at(Index index) {
  const StatementScope scope(select_);
  const Result<StoredRun> run = find(index);
  if (!run) return Failure{run.error()};
  return decode_entries(*run)[index - run->first].term;
}

Result<RunEnd> RunTable::truncate_after(Index last) {
  std::vector<Entry> kept;
  RunEnd end;
  std::uint64_t previous = 0;
  bool is_cut = false;
  {
    const StatementScope scope(select_);
    const Result<StoredRun> run = find(last);
    if (!run) return Failure{run.error()};
    kept = decode_entries(*run);
    kept.resize(last - run->first + 1);
    end = {kept.back().position(), run->chain};
    previous = run->previous;
    is_cut = run->last > last;
  }
  if (auto done = remove_from(last.next()); !done) return Failure{done.error()};
  return is_cut ? append(kept, previous) : Result<RunEnd>(end);
}

Result<void> RunTable::remove_from(Index first) {
  remove_from_.bind(1, first.value());
  return remove_from_.run();
}

Result<bool> RunTable::reclaim(Index base, std::uint64_t bytes_max) {
  sizes_.bind(1, base.value());
  std::uint64_t bytes = 0;
  std::uint64_t last = 0;
  bool has_more = false;
  {
    const StatementScope scope(sizes_);
    for (;;) {
      const Result<bool> row = sizes_.step();
      if (!row) return Failure{row.error()};
      has_more = *row;
      if (!has_more || (bytes > 0 && bytes >= bytes_max)) break;
      last = sizes_.number(0);
      bytes += sizes_.number(1) + reclaim_overhead_bytes;
    }
  }
  if (bytes == 0) return false;
  remove_range_.bind(1, last);
  if (auto done = remove_range_.run(); !done) return Failure{done.error()};
  return has_more;
}

void RunTable::seek(Index first) { select_.bind(1, first.value()); }

Result<std::optional<StoredRun>> RunTable::next() {
  const Result<bool> row = select_.step();
  if (!row) return Failure{row.error()};
  if (!*row) return std::optional<StoredRun>();
  Result<StoredRun> run = open_run(select_.number(0), select_.bytes(1));
  if (!run) return Failure{run.error()};
  return std::optional<StoredRun>(*run);
}

}  // namespace vow::storage
