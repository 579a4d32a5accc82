// Little-endian encoding of numbers and strings, for every format that reaches a disk or a wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace vow {

class ByteWriter {
 public:
  template <class U>
  void fixed(U value) {
    static_assert(std::is_unsigned_v<U>);
    char raw[sizeof(U)];
    for (std::size_t i = 0; i < sizeof(U); ++i) raw[i] = static_cast<char>(value >> (8 * i) & 0xff);
    out_.append(raw, sizeof(U));
  }
  void u8(std::uint8_t v) { fixed(v); }
  void u32(std::uint32_t v) { fixed(v); }
  void u64(std::uint64_t v) { fixed(v); }
  // A length of four bytes, then the bytes.
  void bytes(std::string_view v) {
    u32(static_cast<std::uint32_t>(v.size()));
    out_.append(v);
  }
  [[nodiscard]] const std::string& view() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what a ByteWriter wrote. After a read past the end every value is zero or empty, and ok() is false:
// decode the whole record, then ask once.
class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}

  template <class U>
  U fixed() {
    static_assert(std::is_unsigned_v<U>);
    if (!has(sizeof(U))) return 0;
    U value = 0;
    for (std::size_t i = 0; i < sizeof(U); ++i)
      value = static_cast<U>(value |
                             static_cast<U>(static_cast<U>(static_cast<unsigned char>(in_[i])) << (8 * i)));
    in_.remove_prefix(sizeof(U));
    return value;
  }
  std::uint8_t u8() { return fixed<std::uint8_t>(); }
  std::uint32_t u32() { return fixed<std::uint32_t>(); }
  std::uint64_t u64() { return fixed<std::uint64_t>(); }
  // Points into the input.
  std::string_view bytes() {
    const std::uint32_t n = u32();
    if (!has(n)) return {};
    const std::string_view v = in_.substr(0, n);
    in_.remove_prefix(n);
    return v;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return ok_ && in_.empty(); }
  [[nodiscard]] std::size_t left() const { return ok_ ? in_.size() : 0; }

 private:
  bool has(std::size_t n) {
    if (ok_ && n <= in_.size()) return true;
    ok_ = false;
    return false;
  }

  std::string_view in_;
  bool ok_ = true;
};

}  // namespace vow
