// A process of the matrix. It stops where it is told to, says so, and goes on when it is told to, if it is
// still alive then.
//
//   actor initiator|participant COORDINATORS DATABASE MODE ADDRESS SCHEMA DIRECTORY RESOURCE SOCKET NUMBER
//   POINTS
//
// Says, a line each: "ready"; "at POINT", and waits for a line; and the initiator at its end "committed",
// "rolled back", "unknown" or "failed".
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>
#include <set>
#include <sstream>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "participant-sdk/core/probe.h"
#include "tests/sdk/matrix/places.h"

namespace vow::sdk {
namespace {

std::mutex saying;

void say(const std::string& line) {
  const std::lock_guard lock(saying);
  std::cout << line << std::endl;
}

std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> words;
  std::stringstream in(text);
  for (std::string word; std::getline(in, word, ',');) words.insert(word);
  return words;
}

// Stops at each of the points once.
class StoppingProbe final : public Probe {
 public:
  explicit StoppingProbe(std::set<std::string> points) : points_(std::move(points)) {}
  void begin(Probed&) override {}
  void end() override {}
  void reached(step at, Edge edge, const std::string&) override {
    const std::string point = (edge == Edge::before ? "before " : "after ") + std::string(name(at));
    const std::lock_guard lock(mutex_);
    if (points_.erase(point) == 0) return;
    say("at " + point);
    std::string go;
    std::getline(std::cin, go);
  }
  void check_alive() override {}
  [[nodiscard]] std::chrono::nanoseconds ahead() const override { return {}; }
  [[nodiscard]] std::chrono::milliseconds aged(std::chrono::milliseconds age) const override { return age; }
  [[nodiscard]] std::unique_ptr<Gate> before(rpc::Caller&) override { return nullptr; }

 private:
  std::mutex mutex_;
  std::set<std::string> points_;
};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

// One line each way; empty: there was no answer.
std::string ask(const std::string& path, const std::string& request) {
  const int line = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(path);
  std::string answer;
  if (::connect(line, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::send(line, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char buffer[4'096];
    const ssize_t size = ::recv(line, buffer, sizeof(buffer), 0);
    if (size > 0) answer.assign(buffer, static_cast<std::size_t>(size));
  }
  ::close(line);
  return answer;
}

int initiate(client& mine, Place& here, const std::string& participant, int number) {
  run_options options;
  options.timeout = std::chrono::seconds(3);
  options.retry = retry::never();
  options.outcome_timeout = std::chrono::seconds(20);
  options.completion_timeout = std::chrono::seconds(1);
  try {
    mine.run("effect", options, [&](tx& in) {
      here.leave(in, number);
      call there = in.call();
      const std::string answer = ask(participant, there.headers().at(std::string(context_header)));
      if (answer.empty()) throw std::runtime_error("the participant did not answer");
      there.answered({{std::string(branches_header), answer}});
    });
    say("committed");
  } catch (const outcome_unknown&) {
    say("unknown");
  } catch (const rolled_back&) {
    say("rolled back");
  } catch (const std::exception& why) {
    std::fprintf(stderr, "%d: %s\n", number, why.what());
    say("failed");
  }
  std::string until_killed;
  while (std::getline(std::cin, until_killed)) {
  }
  return 0;
}

int participate(client& mine, Place& here, const std::string& path, int number) {
  const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(path);
  ::unlink(path.c_str());
  if (::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listening, 4) != 0)
    return 1;
  say("ready");
  while (true) {
    const int line = ::accept(listening, nullptr, nullptr);
    char buffer[4'096];
    const ssize_t size = ::recv(line, buffer, sizeof(buffer), 0);
    if (size > 0) {
      try {
        const std::string context(buffer, static_cast<std::size_t>(size));
        const reply made = mine.serve("effect", {{std::string(context_header), context}},
                                      [&](tx& in) { here.leave(in, number); });
        const std::string& branches = made.headers.at(std::string(branches_header));
        (void)::send(line, branches.data(), branches.size(), MSG_NOSIGNAL);
      } catch (const std::exception& why) {
        std::fprintf(stderr, "%d: %s\n", number, why.what());
      }
    }
    ::close(line);
  }
}

}  // namespace
}  // namespace vow::sdk

int main(int count, char** words) {
  using namespace vow::sdk;
  if (count != 12) return 2;
  vow::client_options options;
  options.coordinators.clear();
  std::stringstream addresses(words[2]);
  for (std::string one; std::getline(addresses, one, ',');) options.coordinators.push_back(one);
  options.process = std::string(words[1]) + ' ' + words[10];
  options.call_timeout = std::chrono::milliseconds(500);
  options.recovery_interval = std::chrono::milliseconds(200);
  options.recovery_age = std::chrono::milliseconds(400);
  if (std::getenv("VOW_ACTOR_LOG") != nullptr) {
    options.log = [&](vow::log_level, std::string_view message) {
      std::fprintf(stderr, "%s %s: %s\n", words[1], words[10], std::string(message).c_str());
    };
  }
  options.probe = [&](const std::string&) { return std::make_shared<StoppingProbe>(words_of(words[11])); };
  try {
    vow::client mine(options);
    const auto here = open_place(mine, {words[3], words[4], words[5], words[6], words[7], words[8]});
    const int number = std::stoi(words[10]);
    if (std::string(words[1]) == "participant") return participate(mine, *here, words[9], number);
    say("ready");
    if (number == 0) {  // takes the place of one that was killed
      std::string until_killed;
      while (std::getline(std::cin, until_killed)) {
      }
      return 0;
    }
    return initiate(mine, *here, words[9], number);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "%s: %s\n", words[1], why.what());
    return 1;
  }
}
