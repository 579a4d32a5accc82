#include "coordinator/txn/xid.h"

#include <array>
#include <tuple>

#include "coordinator/base/check.h"

namespace vow::txn {
namespace {

constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto value_of = make_values();

// Bits go in and out at the high end, five to a character.
class Printer {
 public:
  explicit Printer(std::string& out) : out_(out) {}
  void put(std::uint64_t value, unsigned bits) {
    held_ = held_ << bits | value;
    count_ += bits;
    while (count_ >= 5) out_.push_back(digits[held_ >> (count_ -= 5) & 31]);
  }

 private:
  std::string& out_;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  template <class U>
  void get(U& value, unsigned bits) {
    while (count_ < bits) {
      const std::int8_t five = value_of[static_cast<unsigned char>(text_[at_++])];
      if (five < 0) ok_ = false;
      held_ = held_ << 5 | static_cast<std::uint64_t>(five & 31);
      count_ += 5;
    }
    value = static_cast<U>(held_ >> (count_ -= bits) & ((1ull << bits) - 1));
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
  bool ok_ = true;
};

// All fields in their printed order, with their widths.
template <class Each, class Xid_>
void for_each_field(Xid_& xid, Each each) {
  each(xid.cell, 32);
  each(xid.incarnation, 24);
  each(xid.term, 28);
  each(xid.begin_ms, 42);
  each(xid.timeout_s, 18);
  each(xid.session, 28);
  each(xid.sequence, 28);
}

std::uint64_t mixed(std::uint64_t v) {
  v = (v ^ v >> 31) * 0x9e3779b97f4a7c15ull;
  return v ^ v >> 29;
}

}  // namespace

std::strong_ordering Xid::operator<=>(const Xid& other) const {
  const auto order = [](const Xid& x) {
    return std::tie(x.cell, x.incarnation, x.term, x.begin_ms, x.timeout_s, x.session, x.sequence);
  };
  return order(*this) <=> order(other);
}

std::string to_string(const Xid& xid) {
  std::string text;
  text.reserve(Xid::text_size);
  Printer printer(text);
  for_each_field(xid, [&](std::uint64_t value, unsigned bits) {
    VOW_CHECK(value >> bits == 0, "{} does not fit {} bits of an xid", value, bits);
    printer.put(value, bits);
  });
  return text;
}

std::optional<Xid> parse_xid(std::string_view text) {
  if (text.size() != Xid::text_size) return std::nullopt;
  Xid xid;
  Scanner scanner(text);
  for_each_field(xid, [&](auto& value, unsigned bits) { scanner.get(value, bits); });
  if (!scanner.ok()) return std::nullopt;
  return xid;
}

}  // namespace vow::txn

std::size_t std::hash<vow::txn::Xid>::operator()(const vow::txn::Xid& xid) const {
  using vow::txn::mixed;
  const std::uint64_t who = static_cast<std::uint64_t>(xid.session) << 32 | xid.sequence;
  const std::uint64_t where = static_cast<std::uint64_t>(xid.term) << 32 | xid.incarnation;
  return mixed(mixed(who) ^ mixed(where + xid.begin_ms) ^ xid.timeout_s);
}
