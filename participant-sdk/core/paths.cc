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

std::string branch_name(Path made_at, std::string_view resource) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
  std::uint64_t hash = checksum(resource, made_at);
  std::string name;
  for (std::size_t i = 0; i < txn::BranchName::size_max; ++i, hash >>= 5) name += digits[hash & 31];
  return name;
}

}  // namespace vow::sdk
