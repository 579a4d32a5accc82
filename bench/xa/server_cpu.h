// Processor time of a server: its process, and those that it has forked.
#pragma once

#include <sys/types.h>

namespace vow::bench {

[[nodiscard]] double cpu_seconds_of_server(pid_t process);
// This process.
[[nodiscard]] double cpu_seconds();

}  // namespace vow::bench
