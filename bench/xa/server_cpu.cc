#include "bench/xa/server_cpu.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace vow::bench {

namespace {

struct Used {
  pid_t parent = -1;
  double ticks = 0;  // with those of children that have ended
};

// See proc(5): what follows the name, which may hold anything but its last parenthesis.
Used used_by(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  Used used;
  if (name_end == std::string::npos) return used;
  std::istringstream rest(line.substr(name_end + 1));
  std::string skipped;
  rest >> skipped >> used.parent;
  for (int i = 0; i < 9; ++i) rest >> skipped;
  for (int i = 0; i < 4; ++i) {
    double ticks = 0;
    rest >> ticks;
    used.ticks += ticks;
  }
  return used;
}

}  // namespace

double cpu_seconds_of_server(pid_t process) {
  double ticks = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc")) {
    const pid_t candidate = std::atoi(each.path().filename().c_str());
    if (candidate <= 0) continue;
    const Used used = used_by(candidate);
    if (candidate == process || used.parent == process) ticks += used.ticks;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

}  // namespace vow::bench
