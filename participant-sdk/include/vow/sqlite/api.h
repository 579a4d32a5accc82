// SQLite's C API as this adapter uses it: rows, statements, and what goes wrong with them.
#pragma once

#ifndef SQLITE_ENABLE_PREUPDATE_HOOK
#define SQLITE_ENABLE_PREUPDATE_HOOK
#endif
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sqlite3.h>

// Again, for programs that included sqlite3.h before without them.
extern "C" {
void* sqlite3_preupdate_hook(
    sqlite3*, void (*)(void*, sqlite3*, int, char const*, char const*, sqlite3_int64, sqlite3_int64), void*);
int sqlite3_preupdate_old(sqlite3*, int, sqlite3_value**);
int sqlite3_preupdate_new(sqlite3*, int, sqlite3_value**);
}

namespace vow::sqlite {

// What SQLite itself said. It never leaves the adapter: callers get a vow::error that says what it means.
struct engine_error : std::runtime_error {
  engine_error(sqlite3* database, int result)
      : std::runtime_error(sqlite3_errmsg(database)), code(result & 0xff) {}
  int code;
};

// One value, exactly as it is stored.
struct value {
  int type = SQLITE_NULL;
  std::int64_t integer = 0;
  double real = 0;
  std::string bytes = {};  // of texts and blobs

  bool operator==(const value&) const = default;

  [[nodiscard]] static value of(sqlite3_value* from) {
    value is{.type = sqlite3_value_type(from)};
    if (is.type == SQLITE_INTEGER) is.integer = sqlite3_value_int64(from);
    if (is.type == SQLITE_FLOAT) is.real = sqlite3_value_double(from);
    if (is.type == SQLITE_TEXT || is.type == SQLITE_BLOB) {
      const void* data = is.type == SQLITE_TEXT ? sqlite3_value_text(from) : sqlite3_value_blob(from);
      const auto size = static_cast<std::size_t>(sqlite3_value_bytes(from));
      if (data == nullptr && (is.type == SQLITE_TEXT || size > 0)) throw std::bad_alloc();
      if (size > 0) is.bytes.assign(static_cast<const char*>(data), size);
    }
    return is;
  }
};
using row = std::vector<value>;

[[nodiscard]] inline std::string in_quotes(std::string_view name, char by = '"') {
  std::string text(1, by);
  for (const char c : name) text.append(c == by ? 2 : 1, c);
  return text + by;
}

[[nodiscard]] inline sqlite3_stmt* compiled(sqlite3* database, std::string_view sql, unsigned how) {
  sqlite3_stmt* is = nullptr;
  const int result =
      sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), how, &is, nullptr);
  if (result != SQLITE_OK) throw engine_error(database, result);
  return is;
}

// A connection that keeps the adapter's own statements compiled: compiling them takes longer than what most
// of them do. A program's statements are its own.
class engine {
 public:
  explicit engine(sqlite3* on) : on_(on) {}
  ~engine() { forget(); }
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  operator sqlite3*() const { return on_; }  // NOLINT(google-explicit-constructor): for SQLite's functions
  [[nodiscard]] sqlite3_stmt* take(std::string_view sql) {
    const auto at = kept_.find(std::string(sql));
    if (at == kept_.end() || at->second == nullptr) return compiled(on_, sql, SQLITE_PREPARE_PERSISTENT);
    return std::exchange(at->second, nullptr);
  }
  void give_back(sqlite3_stmt* one) noexcept {
    sqlite3_reset(one);
    sqlite3_clear_bindings(one);
    try {
      const bool has_room = kept_.size() < kept_max;
      const auto at = has_room ? kept_.try_emplace(sqlite3_sql(one)).first : kept_.find(sqlite3_sql(one));
      if (at != kept_.end() && at->second == nullptr) std::swap(at->second, one);
    } catch (...) {
      // It is compiled again when it is needed.
    }
    sqlite3_finalize(one);
  }
  // Before the connection is closed.
  void forget() noexcept {
    for (const auto& [sql, one] : kept_) sqlite3_finalize(one);
    kept_.clear();
  }

 private:
  static constexpr std::size_t kept_max = 200;  // there are some for each table

  sqlite3* const on_;
  std::unordered_map<std::string, sqlite3_stmt*> kept_;  // by their text; null while one is in use
};

class statement {
 public:
  statement(sqlite3* database, std::string_view sql) : database_(database), is_(compiled(database, sql, 0)) {}
  statement(engine& on, std::string_view sql) : database_(on), kept_by_(&on), is_(on.take(sql)) {}
  ~statement() {
    if (kept_by_ == nullptr) {
      sqlite3_finalize(is_);
    } else {
      kept_by_->give_back(is_);
    }
  }
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  statement& bind(int at, std::int64_t integer) { return checked(sqlite3_bind_int64(is_, at, integer)); }
  statement& bind(int at, std::string_view text) {
    return checked(sqlite3_bind_text64(is_, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  statement& bind(int at, const value& of) {
    switch (of.type) {
      case SQLITE_INTEGER:
        return bind(at, of.integer);
      case SQLITE_FLOAT:
        return checked(sqlite3_bind_double(is_, at, of.real));
      case SQLITE_TEXT:
        return bind(at, std::string_view(of.bytes));
      case SQLITE_BLOB:
        return bind_blob(at, of.bytes);
      default:
        return checked(sqlite3_bind_null(is_, at));
    }
  }
  statement& bind_blob(int at, std::string_view bytes) {
    if (bytes.empty()) return checked(sqlite3_bind_zeroblob(is_, at, 0));
    return checked(sqlite3_bind_blob64(is_, at, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
  }
  statement& bind_all(const row& values, int from = 1) {
    for (const value& each : values) bind(from++, each);
    return *this;
  }

  // True if there is a row.
  bool step() {
    const int result = sqlite3_step(is_);
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    throw engine_error(database_, result);
  }
  void run() {
    while (step()) {
    }
    sqlite3_reset(is_);
  }
  // What SQLite says of it.
  [[nodiscard]] int try_run() { return sqlite3_step(is_); }
  void reset() { sqlite3_reset(is_); }

  [[nodiscard]] std::int64_t integer(int at) const { return sqlite3_column_int64(is_, at); }
  [[nodiscard]] bool is_null(int at) const { return sqlite3_column_type(is_, at) == SQLITE_NULL; }
  [[nodiscard]] std::string text(int at) const { return bytes(sqlite3_column_text(is_, at), at); }
  [[nodiscard]] std::string blob(int at) const { return bytes(sqlite3_column_blob(is_, at), at); }
  [[nodiscard]] row whole() const {
    row is;
    for (int i = 0; i < sqlite3_column_count(is_); ++i) is.push_back(value::of(sqlite3_column_value(is_, i)));
    return is;
  }

 private:
  statement& checked(int result) {
    if (result != SQLITE_OK) throw engine_error(database_, result);
    return *this;
  }
  [[nodiscard]] std::string bytes(const void* data, int at) const {
    if (data == nullptr) return {};
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(is_, at))};
  }

  sqlite3* database_;
  engine* kept_by_ = nullptr;
  sqlite3_stmt* is_;
};

inline void execute(sqlite3* database, const std::string& sql) {
  const int result = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) throw engine_error(database, result);
}

// `on` is a sqlite3* or an engine.
[[nodiscard]] std::int64_t integer_of(auto& on, std::string_view query) {
  statement asked(on, query);
  return asked.step() ? asked.integer(0) : 0;
}
[[nodiscard]] std::string text_of(auto& on, std::string_view query) {
  statement asked(on, query);
  return asked.step() ? asked.text(0) : std::string();
}

}  // namespace vow::sqlite
