// How rows are written down in the payload of a prepared branch, and as keys of sets.
//
//   number   8 bytes, least significant first
//   string   its length as a number, its bytes
//   value    one byte, SQLite's number for the type (1 integer, 2 real, 3 text, 4 blob, 5 null); then a
//   number,
//            the bits of the real as a number, a string, or nothing
//   row      how many values as a number, the values
//
// Other versions of the SDK read it: what changes gets another payload version (kept_rows.h).
#pragma once

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "vow/sqlite/api.h"

namespace vow::sqlite {

class encoder {
 public:
  void number(std::uint64_t is) {
    for (int i = 0; i < 8; ++i) text_ += static_cast<char>(is >> 8 * i & 0xff);
  }
  void string(std::string_view is) {
    number(is.size());
    text_ += is;
  }
  void add(const value& is) {
    text_ += static_cast<char>(is.type);
    if (is.type == SQLITE_INTEGER) number(static_cast<std::uint64_t>(is.integer));
    if (is.type == SQLITE_FLOAT) number(std::bit_cast<std::uint64_t>(is.real));
    if (is.type == SQLITE_TEXT || is.type == SQLITE_BLOB) string(is.bytes);
  }
  void add(const row& is) {
    number(is.size());
    for (const value& each : is) add(each);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

[[nodiscard]] inline std::string encoded(const row& is) {
  encoder to;
  to.add(is);
  return to.take();
}

// Throws std::runtime_error on what no encoder has written.
class decoder {
 public:
  explicit decoder(std::string_view text) : text_(text) {}

  std::uint64_t number() {
    const std::string_view bytes = raw(8);
    std::uint64_t is = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      is |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << 8 * i;
    }
    return is;
  }
  std::string string() { return std::string(raw(number())); }
  value one() {
    value is{.type = raw(1).front()};
    if (is.type < SQLITE_INTEGER || is.type > SQLITE_NULL) throw std::runtime_error("an unknown type");
    if (is.type == SQLITE_INTEGER) is.integer = static_cast<std::int64_t>(number());
    if (is.type == SQLITE_FLOAT) is.real = std::bit_cast<double>(number());
    if (is.type == SQLITE_TEXT || is.type == SQLITE_BLOB) is.bytes = string();
    return is;
  }
  row whole_row() {
    row is;
    for (std::uint64_t left = number(); left > 0; --left) is.push_back(one());
    return is;
  }
  [[nodiscard]] bool at_end() const { return text_.empty(); }

 private:
  std::string_view raw(std::uint64_t size) {
    if (size > text_.size()) throw std::runtime_error("it ends too early");
    const std::string_view is = text_.substr(0, size);
    text_.remove_prefix(size);
    return is;
  }
  std::string_view text_;
};

[[nodiscard]] inline row decoded_row(std::string_view text) { return decoder(text).whole_row(); }

}  // namespace vow::sqlite
