#include "bench/xa/sync_counter.h"

#include <new>

#include <fmt/format.h>

#include "coordinator/base/check.h"

namespace vow::bench {

namespace {

sqlite3_vfs& original() { return *sqlite3_vfs_find("unix"); }

// SQLite allots room for it behind its own file.
struct Behind {
  std::atomic<std::uint64_t>* syncs = nullptr;
  const sqlite3_io_methods* methods = nullptr;  // its own; journals have others than databases
  sqlite3_io_methods counted{};
};
Behind& behind(sqlite3_file* file) {
  return *reinterpret_cast<Behind*>(reinterpret_cast<char*>(file) + original().szOsFile);
}

}  // namespace

SyncCounter::SyncCounter() : vfs_(original()) {
  static std::atomic<int> made{0};
  name_ = fmt::format("sync-counter-{}", ++made);
  vfs_.zName = name_.c_str();
  vfs_.szOsFile += static_cast<int>(sizeof(Behind));
  vfs_.pAppData = this;
  vfs_.xOpen = open;
  VOW_CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK, "{} was not registered", name_);
}

SyncCounter::~SyncCounter() { sqlite3_vfs_unregister(&vfs_); }

int SyncCounter::open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  const int result = original().xOpen(&original(), name, file, flags, flags_out);
  if (result != SQLITE_OK) return result;
  Behind& of = *new (&behind(file)) Behind;
  of.syncs = &static_cast<SyncCounter*>(self->pAppData)->syncs_;
  of.methods = file->pMethods;
  of.counted = *of.methods;
  of.counted.xSync = sync;
  file->pMethods = &of.counted;
  return SQLITE_OK;
}

int SyncCounter::sync(sqlite3_file* file, int flags) {
  Behind& of = behind(file);
  of.syncs->fetch_add(1, std::memory_order_relaxed);
  return of.methods->xSync(file, flags);
}

}  // namespace vow::bench
