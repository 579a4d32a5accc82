// Where in a transaction something happens, so that a request that is repeated does it under the same names.
//
// The initiator is at the root. Each outgoing call gets a path of its own, made of the caller's and its
// number; and a branch is named after the path where it is made and its resource. Names are short, so paths
// are hashed: two that happened to get one name would vote for one branch with two nonces, which rolls the
// transaction back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vow::sdk {

using Path = std::uint64_t;
inline constexpr Path root_path = 0;

// Where branches are made that all calls of a transaction share.
inline constexpr Path shared_path = ~Path{0};

[[nodiscard]] Path call_path(Path caller, std::uint32_t nth_call);
// 10 characters.
[[nodiscard]] std::string branch_name(Path made_at, std::string_view resource);
// Likewise, of the nth branch there that is recorded rather than prepared (preparation::is_recorded).
[[nodiscard]] std::string recorded_branch_name(Path made_at, std::string_view resource, std::uint32_t nth);

}  // namespace vow::sdk
