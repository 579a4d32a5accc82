// What names one branch of a transaction, and one preparing of it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/base/ids.h"

namespace vow::txn {

// One to ten characters of [0-9a-z_-]. A repeated request gives its branch the same name again. Short, since
// `vow.<xid>.<branch>.<nonce>` must fit the 64 bytes that databases allow for a prepared transaction.
class BranchName {
 public:
  static constexpr std::size_t size_max = 10;

  BranchName() = default;
  [[nodiscard]] static std::optional<BranchName> from(std::string_view text) {
    if (text.empty() || text.size() > size_max) return std::nullopt;
    BranchName name;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool allowed = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
      if (!allowed) return std::nullopt;
      name.text_[i] = c;
    }
    name.size_ = static_cast<std::uint8_t>(text.size());
    return name;
  }

  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }
  bool operator==(const BranchName&) const = default;
  auto operator<=>(const BranchName&) const = default;

 private:
  std::array<char, size_max> text_{};
  std::uint8_t size_ = 0;
};

// Random, drawn at each preparing of a branch: a late duplicate of a request has another. 40 bits, never 0.
using Nonce = Number<struct NonceKind>;
inline constexpr std::uint64_t nonce_max = (1ull << 40) - 1;

// A named database or service. Interned: the number stands for the same name for as long as it is in use, on
// one node.
enum class ResourceNumber : std::uint32_t {};
inline constexpr std::size_t resource_name_size_max = 64;

// Exactly one preparing of one branch: what a commit names, and a decision commits.
struct Preparation {
  BranchName branch;
  Nonce nonce;

  bool operator==(const Preparation&) const = default;
  auto operator<=>(const Preparation&) const = default;
};

}  // namespace vow::txn
