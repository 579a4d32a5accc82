#include "participant-sdk/core/paths.h"

#include "coordinator/base/bytes.h"
#include "coordinator/base/checksum.h"
#include "coordinator/txn/branch.h"

namespace vow::sdk {

Path call_path(Path caller, std::uint32_t nth_call) {
  ByteWriter bytes;
  bytes.u64(caller);
  bytes.u32(nth_call);
  return checksum(bytes.view());
}

namespace {

std::string digits_of(std::uint64_t hash, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
  std::string text;
  for (std::size_t i = 0; i < size; ++i, hash >>= 5) text += digits[hash & 31];
  return text;
}

}  // namespace

std::string branch_name(Path made_at, std::string_view resource) {
  return digits_of(checksum(resource, made_at), txn::BranchName::size_max);
}

std::string recorded_branch_name(Path made_at, std::string_view resource, std::uint32_t nth) {
  return '-' + digits_of(checksum(resource, call_path(made_at, nth)), txn::BranchName::size_max - 1);
}

}  // namespace vow::sdk
