#include "tests/support/sqlite_vfs.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <new>

#include "coordinator/base/check.h"

namespace vow::testing {

using storage::Fault;

namespace {

struct OpenFile {
  sqlite3_file base{};  // first: SQLite sees only this
  SqliteVfs* vfs = nullptr;
  std::string name;
  std::unique_ptr<storage::File> file;
  bool name_is_unsynced = false;
};

OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }

int code_of(const storage::Result<void>& done, int otherwise) {
  if (done) return SQLITE_OK;
  return done.error().fault == Fault::no_space ? SQLITE_FULL : otherwise;
}

std::string_view view(const void* bytes, int size) {
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace

// SQLite's callbacks, with access to the VFS they belong to.
struct SqliteVfsCalls {
  static SqliteVfs& self(sqlite3_vfs* vfs) { return *static_cast<SqliteVfs*>(vfs->pAppData); }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;
    if (name == nullptr) return SQLITE_CANTOPEN;  // temporary files are kept in memory
    storage::Disk& disk = self(vfs).disk_;
    const auto exists = disk.exists(name);
    if (!exists) return SQLITE_IOERR;
    const bool creates = (flags & SQLITE_OPEN_CREATE) != 0;
    auto opened = disk.open(name, creates ? storage::Disk::Open::create : storage::Disk::Open::existing);
    if (!opened) return opened.error().fault == Fault::no_space ? SQLITE_FULL : SQLITE_CANTOPEN;
    auto* made = new (file) OpenFile;
    made->vfs = &self(vfs);
    made->name = name;
    made->file = std::move(*opened);
    made->name_is_unsynced = !*exists && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    made->base.pMethods = &methods;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    storage::Disk& disk = self(vfs).disk_;
    const auto removed = disk.remove(name);
    if (!removed)
      return removed.error().fault == Fault::absent ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
    return sync_directory != 0 ? code_of(disk.sync_directory(), SQLITE_IOERR_DIR_FSYNC) : SQLITE_OK;
  }

  // As on Unix, a file "exists" for SQLite if there is something in it.
  static int access(sqlite3_vfs* vfs, const char* name, int, int* answer) {
    *answer = 0;
    const auto exists = self(vfs).disk_.exists(name);
    if (!exists) return SQLITE_IOERR_ACCESS;
    if (!*exists) return SQLITE_OK;
    const auto file = self(vfs).disk_.open(name, storage::Disk::Open::existing);
    if (!file) return SQLITE_IOERR_ACCESS;
    const auto size = (*file)->size();
    if (!size) return SQLITE_IOERR_ACCESS;
    *answer = *size > 0 ? 1 : 0;
    return SQLITE_OK;
  }

  static int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
    return sqlite3_snprintf(size, out, "%s", name) == out ? SQLITE_OK : SQLITE_CANTOPEN;
  }
  static int randomness(sqlite3_vfs*, int size, char* out) {
    std::memset(out, 0, static_cast<std::size_t>(size));
    return size;
  }
  static int sleep(sqlite3_vfs*, int) { return 0; }
  static int current_time(sqlite3_vfs*, double* julian_day) {
    *julian_day = 0;
    return SQLITE_OK;
  }
  static int last_error(sqlite3_vfs*, int, char*) { return 0; }

  static int close(sqlite3_file* file) {
    unlock(file, SQLITE_LOCK_NONE);
    of(file).~OpenFile();
    return SQLITE_OK;
  }

  static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    auto* to = static_cast<char*>(out);
    std::size_t done = 0;
    const auto wanted = static_cast<std::size_t>(size);
    while (done < wanted) {
      const auto bytes = of(file).file->read(static_cast<std::uint64_t>(offset) + done, wanted - done);
      if (!bytes) return SQLITE_IOERR_READ;
      if (bytes->empty()) break;
      std::memcpy(to + done, bytes->data(), bytes->size());
      done += bytes->size();
    }
    std::memset(to + done, 0, wanted - done);
    return done < wanted ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
  }

  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    return code_of(of(file).file->write(static_cast<std::uint64_t>(offset), view(bytes, size)),
                   SQLITE_IOERR_WRITE);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return code_of(of(file).file->truncate(static_cast<std::uint64_t>(size)), SQLITE_IOERR_TRUNCATE);
  }

  static int sync(sqlite3_file* file, int) {
    OpenFile& synced = of(file);
    if (!synced.file->sync()) return SQLITE_IOERR_FSYNC;
    if (!synced.name_is_unsynced) return SQLITE_OK;
    synced.name_is_unsynced = false;
    return synced.vfs->disk_.sync_directory() ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
  }

  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    const auto found = of(file).file->size();
    if (!found) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(*found);
    return SQLITE_OK;
  }

  static int lock(sqlite3_file* file, int) {
    OpenFile& locked = of(file);
    const auto [holder, is_free] = locked.vfs->lock_holders_.emplace(locked.name, &locked);
    return is_free || holder->second == &locked ? SQLITE_OK : SQLITE_BUSY;
  }
  static int unlock(sqlite3_file* file, int level) {
    OpenFile& locked = of(file);
    auto& holders = locked.vfs->lock_holders_;
    const auto holder = holders.find(locked.name);
    if (level == SQLITE_LOCK_NONE && holder != holders.end() && holder->second == &locked)
      holders.erase(holder);
    return SQLITE_OK;
  }
  static int check_reserved_lock(sqlite3_file* file, int* held) {
    *held = of(file).vfs->lock_holders_.count(of(file).name) != 0 ? 1 : 0;
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return 4096; }
  // A sector is written wholly or not: what a write does not cover, it does not harm.
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static const sqlite3_io_methods methods;
};

const sqlite3_io_methods SqliteVfsCalls::methods = {1,
                                                    close,
                                                    read,
                                                    write,
                                                    truncate,
                                                    sync,
                                                    file_size,
                                                    lock,
                                                    unlock,
                                                    check_reserved_lock,
                                                    control,
                                                    sector_size,
                                                    characteristics,
                                                    nullptr,
                                                    nullptr,
                                                    nullptr,
                                                    nullptr,
                                                    nullptr,
                                                    nullptr};

SqliteVfs::SqliteVfs(storage::Disk& disk, int seed) : disk_(disk) {
  static std::atomic<std::uint64_t> made{0};
  name_ = "vow-disk-" + std::to_string(++made);
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(OpenFile);
  vfs_.mxPathname = 512;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = SqliteVfsCalls::open;
  vfs_.xDelete = SqliteVfsCalls::remove;
  vfs_.xAccess = SqliteVfsCalls::access;
  vfs_.xFullPathname = SqliteVfsCalls::full_path;
  vfs_.xRandomness = SqliteVfsCalls::randomness;
  vfs_.xSleep = SqliteVfsCalls::sleep;
  vfs_.xCurrentTime = SqliteVfsCalls::current_time;
  vfs_.xGetLastError = SqliteVfsCalls::last_error;
  const int code = sqlite3_vfs_register(&vfs_, 0);
  VOW_CHECK(code == SQLITE_OK, "the VFS was not registered: code {}", code);
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, seed, static_cast<sqlite3*>(nullptr));
}

SqliteVfs::~SqliteVfs() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace vow::testing
