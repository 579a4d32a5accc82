// Every bound of the coordinator, in one place. What is unbounded here is a way to run out of memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vow::limits {

// One entry's payload. A turn of the loop packs its commands into one entry up to this size.
inline constexpr std::size_t entry_bytes_max = 1u << 20;
// Entries of one append message; a single larger entry still travels alone.
inline constexpr std::size_t append_bytes_max = 1u << 20;
inline constexpr std::size_t append_entries_max = 4096;
// Appends on their way to one follower, not yet acknowledged.
inline constexpr std::size_t flight_messages_max = 64;
inline constexpr std::size_t flight_bytes_max = 8u << 20;
// Proposed and not yet committed; beyond it proposals are refused as overloaded.
inline constexpr std::size_t uncommitted_bytes_max = 64u << 20;
// Handed to the disk and not yet durable; beyond it a follower lets appends drop, and a leader is overloaded.
inline constexpr std::size_t unpersisted_bytes_max = 64u << 20;
inline constexpr std::size_t unpersisted_writes_max = 16'384;
// Committed entries that one output hands out to be applied.
inline constexpr std::size_t apply_bytes_max = 4u << 20;
// Reads waiting for leadership to be confirmed.
inline constexpr std::size_t pending_reads_max = 65'536;
// Commands waiting for the next turn of the loop, or for their entry to be applied.
inline constexpr std::size_t pending_commands_max = 262'144;
// Members of a cell, learners included.
inline constexpr std::size_t members_max = 15;

// A snapshot travels, and is checksummed, in pieces of this size.
inline constexpr std::size_t snapshot_chunk_bytes = 256u << 10;

}  // namespace vow::limits
