#include "bench/counting_vfs.h"

#include <new>

#include <sqlite3.h>

#include "coordinator/base/check.h"

namespace vow::bench {

namespace {

SyncCounts counts;

enum class Since : std::uint8_t { nothing_written, header_written, frames_written };

// SQLite allots szOsFile bytes for it; the inner file follows it there.
struct CountedFile {
  sqlite3_file base{};
  bool is_wal = false;
  Since last_sync = Since::nothing_written;

  [[nodiscard]] sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

CountedFile& of(sqlite3_file* file) { return *reinterpret_cast<CountedFile*>(file); }
sqlite3_file* inner(sqlite3_file* file) { return of(file).inner(); }

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const bool is_header = of(file).is_wal && offset == 0;
  of(file).last_sync = is_header ? Since::header_written : Since::frames_written;
  return inner(file)->pMethods->xWrite(inner(file), bytes, size, offset);
}

int sync(sqlite3_file* file, int flags) {
  const Since since = of(file).last_sync;
  if (!of(file).is_wal || since == Since::nothing_written)
    ++counts.checkpoints;
  else if (since == Since::header_written)
    ++counts.headers;
  else
    ++counts.commits;
  of(file).last_sync = Since::nothing_written;
  return inner(file)->pMethods->xSync(inner(file), flags);
}

int close(sqlite3_file* file) {
  const int code = inner(file)->pMethods->xClose(inner(file));
  of(file).~CountedFile();
  return code;
}
int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  return inner(file)->pMethods->xRead(inner(file), bytes, size, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return inner(file)->pMethods->xTruncate(inner(file), size);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return inner(file)->pMethods->xFileSize(inner(file), size);
}
int lock(sqlite3_file* file, int level) { return inner(file)->pMethods->xLock(inner(file), level); }
int unlock(sqlite3_file* file, int level) { return inner(file)->pMethods->xUnlock(inner(file), level); }
int check_lock(sqlite3_file* file, int* held) {
  return inner(file)->pMethods->xCheckReservedLock(inner(file), held);
}
int control(sqlite3_file* file, int op, void* argument) {
  return inner(file)->pMethods->xFileControl(inner(file), op, argument);
}
int sector_size(sqlite3_file* file) { return inner(file)->pMethods->xSectorSize(inner(file)); }
int characteristics(sqlite3_file* file) { return inner(file)->pMethods->xDeviceCharacteristics(inner(file)); }

const sqlite3_io_methods methods = {
    1,       close,      read,    write,       truncate,        sync,    file_size, lock,
    unlock,  check_lock, control, sector_size, characteristics, nullptr, nullptr,   nullptr,
    nullptr, nullptr,    nullptr};

sqlite3_vfs& original() { return *sqlite3_vfs_find("unix"); }

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  auto* counted = new (file) CountedFile;
  counted->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
  const int code = original().xOpen(&original(), name, counted->inner(), flags, flags_out);
  if (code == SQLITE_OK) counted->base.pMethods = &methods;
  return code;
}

}  // namespace

void register_counting_vfs() {
  static sqlite3_vfs vfs = original();
  vfs.zName = counting_vfs_name;
  vfs.szOsFile += static_cast<int>(sizeof(CountedFile));
  vfs.xOpen = open;
  const int code = sqlite3_vfs_register(&vfs, 0);
  VOW_CHECK(code == SQLITE_OK, "the VFS was not registered: code {}", code);
}

SyncCounts sync_counts() { return counts; }

}  // namespace vow::bench
