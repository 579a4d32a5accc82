#include "coordinator/cli/perf.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <numeric>
#include <thread>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/NullStream.h>
#include <Poco/StreamCopier.h>
#include <fcntl.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace vow::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t block_bytes = 4096;
constexpr std::size_t file_blocks = 2048;

// Times `once` again and again.
Latency repeat(std::chrono::milliseconds length, const std::function<void()>& once) {
  std::vector<double> microseconds;
  const auto end = Clock::now() + length;
  do {
    const auto from = Clock::now();
    once();
    microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - from).count());
  } while (Clock::now() < end);
  return latency_of(std::move(microseconds));
}

class ScratchFile {
 public:
  explicit ScratchFile(const std::string& directory) {
    std::string path = directory + "/vow-check-XXXXXX";
    fd_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (fd_ >= 0) ::unlink(path.c_str());
  }
  ~ScratchFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

// Sends back what it gets, until the other side closes.
void echo(Poco::Net::StreamSocket socket) {
  std::array<char, 64> message{};
  try {
    socket.setNoDelay(true);
    while (true) {
      const int got = socket.receiveBytes(message.data(), message.size());
      if (got <= 0) return;
      socket.sendBytes(message.data(), got);
    }
  } catch (const Poco::Exception&) {
    return;  // the measuring side sees its own end of it
  }
}

std::string error_text() { return std::strerror(errno); }

}  // namespace

Latency latency_of(std::vector<double> microseconds) {
  std::sort(microseconds.begin(), microseconds.end());
  const double sum = std::accumulate(microseconds.begin(), microseconds.end(), 0.0);
  const std::size_t count = microseconds.size();
  return {count, microseconds[count / 2], microseconds[std::min(count - 1, count * 99 / 100)],
          static_cast<double>(count) / sum * 1e6};
}

Result<Latency, std::string> measure_sync(const std::string& directory, std::chrono::milliseconds length) {
  const ScratchFile file(directory);
  if (file.fd() < 0) return Failure{error_text()};
  const std::vector<char> block(block_bytes, 'v');
  // Blocks are there before, as in a log that is overwritten in place.
  for (std::size_t i = 0; i < file_blocks; ++i) {
    if (::pwrite(file.fd(), block.data(), block_bytes, static_cast<off_t>(i * block_bytes)) < 0)
      return Failure{error_text()};
  }
  if (::fsync(file.fd()) != 0) return Failure{error_text()};

  std::size_t at = 0;
  std::string failed;
  const Latency latency = repeat(length, [&] {
    const auto offset = static_cast<off_t>(at++ % file_blocks * block_bytes);
    const bool written =
        ::pwrite(file.fd(), block.data(), block_bytes, offset) == static_cast<ssize_t>(block_bytes);
    if (!written || ::fdatasync(file.fd()) != 0) failed = error_text();
  });
  if (!failed.empty()) return Failure{failed};
  return latency;
}

Result<Latency, std::string> measure_loopback(std::chrono::milliseconds length) {
  try {
    Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("127.0.0.1", 0));
    Poco::Net::StreamSocket near(listener.address());
    std::jthread other(echo, listener.acceptConnection());
    near.setNoDelay(true);
    std::array<char, 64> message{};
    const Latency latency = repeat(length, [&] {
      near.sendBytes(message.data(), message.size());
      for (int got = 0; got < static_cast<int>(message.size());)
        got += near.receiveBytes(message.data(), static_cast<int>(message.size()) - got);
    });
    near.close();
    return latency;
  } catch (const Poco::Exception& error) {
    return Failure{error.displayText()};
  }
}

Result<Latency, std::string> measure_node(const Endpoint& at, std::chrono::milliseconds length) {
  try {
    Poco::Net::HTTPClientSession session(at.host, at.port);
    session.setTimeout(Poco::Timespan(2, 0));
    session.setKeepAlive(true);
    const auto once = [&] {
      Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_GET, "/livez",
                                     Poco::Net::HTTPMessage::HTTP_1_1);
      session.sendRequest(request);
      Poco::Net::HTTPResponse response;
      Poco::NullOutputStream nothing;
      Poco::StreamCopier::copyStream(session.receiveResponse(response), nothing);
    };
    once();  // connects
    return repeat(length, once);
  } catch (const Poco::Exception& error) {
    return Failure{error.displayText()};
  }
}

Machine look_at_machine(const std::string& directory) {
  Machine machine;
  machine.cores = std::thread::hardware_concurrency();
  std::ifstream("/sys/devices/system/clocksource/clocksource0/current_clocksource") >> machine.clock_source;
  timex clock{};
  const int state = ::adjtimex(&clock);
  machine.clock_is_synchronized = state >= 0 && state != TIME_ERROR;
  constexpr long tmpfs_magic = 0x01021994;
  struct statfs disk {};
  machine.disk_is_memory = ::statfs(directory.c_str(), &disk) == 0 && disk.f_type == tmpfs_magic;
  return machine;
}

}  // namespace vow::cli
