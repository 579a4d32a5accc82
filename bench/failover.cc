// How long is a cell of three without a leader when its leader is killed, and does it lose anything?
//
// Real processes, default timeouts, load all the time. Again and again the leader is killed with SIGKILL, the
// time until the first commit of its successor is taken, and the node is started again. At the end every
// commit that was ever acknowledged is asked for, and every decision must be finished.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/commit_load.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "coordinator/rpc/blocking_channel.h"
#include "coordinator/rpc/client.h"
#include "tests/support/free_ports.h"

namespace vow::bench {
namespace {

using testing::free_ports;

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t nodes = 3;
constexpr std::chrono::milliseconds answer_timeout = 2s;

struct Options {
  std::size_t kills;
  std::size_t clients;
  std::string dir;
  std::string json;
};

Options parse(int count, char** arguments) {
  const Flags flags(count, arguments, {{"kills", "20"}, {"seconds", "0"}, {"clients", "8"}, {"dir", "."}});
  // A kill takes about five seconds, with what comes before and after it.
  const std::size_t kills =
      flags.text("seconds") == "0" ? flags.count("kills") : static_cast<std::size_t>(flags.seconds() / 5) + 1;
  return {kills, flags.count("clients"), flags.text("dir"), flags.text("json")};
}

// `vow serve`, three times.
class Processes {
 public:
  explicit Processes(const std::string& dir)
      : dir_(fmt::format("{}/vow-failover-{}", dir, ::getpid())), ports_(free_ports(3 * nodes)) {
    std::filesystem::create_directories(dir_);
    for (std::size_t i = 0; i < nodes; ++i) start(i);
  }
  ~Processes() {
    for (std::size_t i = 0; i < nodes; ++i) kill(i);
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  [[nodiscard]] std::uint16_t client_port(std::size_t nth) const { return ports_[nth]; }
  [[nodiscard]] std::uint16_t http_port(std::size_t nth) const { return ports_[2 * nodes + nth]; }

  void start(std::size_t nth) {
    std::string initial;
    for (std::size_t i = 0; i < nodes; ++i)
      initial += fmt::format("{}127.0.0.1:{}", i == 0 ? "" : ",", ports_[nodes + i]);
    const std::vector<std::string> words{
        VOW_BINARY,          "serve",
        "--node.data",       fmt::format("{}/{}", dir_, nth),
        "--client.listen",   fmt::format("127.0.0.1:{}", client_port(nth)),
        "--peer.listen",     fmt::format("127.0.0.1:{}", ports_[nodes + nth]),
        "--http.listen",     fmt::format("127.0.0.1:{}", http_port(nth)),
        "--cluster.initial", initial};
    const std::string log = fmt::format("{}/{}.log", dir_, nth);
    const pid_t pid = ::fork();
    if (pid == 0) {
      std::vector<char*> arguments;
      for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      const int out = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
      ::dup2(out, 1);
      ::dup2(out, 2);
      ::execv(VOW_BINARY, arguments.data());
      ::_exit(127);
    }
    if (pid < 0) stop("a process cannot be made");
    pids_[nth] = pid;
  }
  void kill(std::size_t nth) {
    if (pids_[nth] <= 0) return;
    ::kill(pids_[nth], SIGKILL);
    ::waitpid(pids_[nth], nullptr, 0);
    pids_[nth] = 0;
  }

 private:
  std::string dir_;
  std::vector<std::uint16_t> ports_;
  pid_t pids_[nodes] = {};
};

// A connection with a session at whoever leads.
class Session {
 public:
  Session(const Processes& processes, wire::OpenSession request)
      : processes_(processes), request_(std::move(request)) {}

  // False if nobody leads now; tried again a little later.
  bool open() {
    for (std::size_t tried = 0; tried < nodes; ++tried, at_ = (at_ + 1) % nodes) {
      channel_.emplace(rpc::BlockingChannelOptions{.port = processes_.client_port(at_)});
      client_.emplace(*channel_);
      const auto opened = client_->open_session(request_, answer_timeout);
      if (!opened) continue;
      minter_.emplace(*opened);
      return true;
    }
    std::this_thread::sleep_for(10ms);
    return false;
  }
  void lost() { at_ = (at_ + 1) % nodes; }

  [[nodiscard]] rpc::Client& client() { return *client_; }
  [[nodiscard]] std::size_t node() const { return at_; }
  [[nodiscard]] std::int64_t number() const { return minter_->opened().session; }
  [[nodiscard]] std::uint64_t term() const { return static_cast<std::uint64_t>(minter_->opened().term); }
  [[nodiscard]] std::string mint() { return minter_->next(20); }

 private:
  const Processes& processes_;
  const wire::OpenSession request_;
  std::optional<rpc::BlockingChannel> channel_;
  std::optional<rpc::Client> client_;
  std::optional<Minter> minter_;
  std::size_t at_ = 0;
};

wire::OpenSession as(const std::string& process, const std::vector<std::string>& resources) {
  wire::OpenSession request;
  request.process = process;
  for (const std::string& resource : resources) {
    wire::Served served;
    served.resource = resource;
    request.serves.push_back(served);
  }
  return request;
}

wire::Preparation preparation(const char* branch) {
  wire::Preparation one;
  one.branch = branch;
  one.nonce = 7;
  return one;
}

// What all clients of a run share.
struct Run {
  std::atomic<bool> stopping{false};
  std::mutex mutex;  // guards what follows
  std::vector<std::string> acknowledged;
  std::uint64_t newest_term = 0;  // in which a commit was acknowledged
  std::size_t leader = 0;
  Clock::time_point first_of_term;
};

// One transaction. False if the session is of no use any more.
bool transact(Session& session, Run& run) {
  const std::string xid = session.mint();
  for (const char* branch : {"a", "b"}) {
    wire::Vote vote;
    vote.xid = xid;
    vote.preparation = preparation(branch);
    vote.resource = branch;
    vote.ballot = wire::Ballot::prepared;
    const auto answer = session.client().vote(vote, answer_timeout);
    if (!answer || answer->verdict != wire::Verdict::taken) return false;
  }
  wire::Commit commit;
  commit.xid = xid;
  commit.named = {preparation("a"), preparation("b")};
  const auto answer = session.client().commit(commit, answer_timeout);
  if (!answer || answer->verdict != wire::Verdict::committed) return false;
  const std::lock_guard lock(run.mutex);
  run.acknowledged.push_back(xid);
  if (session.term() > run.newest_term) {
    run.newest_term = session.term();
    run.leader = session.node();
    run.first_of_term = Clock::now();
  }
  return true;
}

void initiate(const Processes& processes, Run& run) {
  Session session(processes, as("failover-initiator", {}));
  while (!run.stopping) {
    while (!run.stopping && !session.open()) {
    }
    while (!run.stopping && transact(session, run)) {
    }
    session.lost();
  }
}

void participate(const Processes& processes, const std::atomic<bool>& stopping) {
  Session session(processes, as("failover-participant", {"a", "b"}));
  while (!stopping) {
    while (!stopping && !session.open()) {
    }
    while (!stopping) {
      wire::Poll poll;
      poll.session = session.number();
      poll.wait_ms = 100;
      const auto polled = session.client().poll(poll, answer_timeout);
      if (!polled) break;
      std::vector<wire::Report> reports;
      for (const wire::Command& command : polled->commands) {
        wire::Report report;
        report.xid = command.xid;
        report.preparation = command.preparation;
        report.action = command.action;
        report.done = true;
        reports.push_back(report);
      }
      if (!reports.empty() && !session.client().report(session.number(), reports, answer_timeout)) break;
    }
    session.lost();
  }
}

// A figure of the node's /metrics; none if it does not answer.
std::optional<double> metric(std::uint16_t port, const std::string& name) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
  std::string answer;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
      ::write(socket, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(socket, buffer, sizeof(buffer))) > 0;)
      answer.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(socket);
  const std::size_t at = answer.find("\n" + name + " ");
  if (at == std::string::npos) return std::nullopt;
  return std::strtod(answer.c_str() + at + name.size() + 2, nullptr);
}

// Kills the leader, and waits for the first commit of the next.
double kill_leader(Processes& processes, Run& run) {
  std::uint64_t term = 0;
  std::size_t leader = 0;
  {
    const std::lock_guard lock(run.mutex);
    term = run.newest_term;
    leader = run.leader;
  }
  processes.kill(leader);
  const auto killed = Clock::now();
  while (Clock::now() < killed + 60s) {
    {
      const std::lock_guard lock(run.mutex);
      if (run.newest_term > term) {
        processes.start(leader);
        return std::chrono::duration<double, std::milli>(run.first_of_term - killed).count();
      }
    }
    std::this_thread::sleep_for(1ms);
  }
  stop("no commit within 60 s after the leader was killed");
}

std::size_t count_lost(const Processes& processes, const std::vector<std::string>& acknowledged) {
  Session session(processes, as("failover-auditor", {}));
  while (!session.open()) {
  }
  std::size_t lost = 0;
  for (std::size_t i = 0; i < acknowledged.size(); i += 1'000) {
    std::vector<wire::Question> questions;
    for (std::size_t j = i; j < std::min(acknowledged.size(), i + 1'000); ++j) {
      wire::Question question;
      question.xid = acknowledged[j];
      questions.push_back(question);
    }
    const auto answers = session.client().outcomes(questions, 10s);
    if (!answers) stop("outcomes cannot be asked: " + answers.error().text());
    for (const wire::Answer& answer : *answers) lost += answer.verdict == wire::Verdict::committed ? 0 : 1;
  }
  return lost;
}

// Decisions that are not finished once everyone had time to.
double count_unfinished(const Processes& processes) {
  const auto end = Clock::now() + 60s;
  double unfinished = -1;
  while (Clock::now() < end) {
    for (std::size_t i = 0; i < nodes; ++i) {
      if (metric(processes.http_port(i), "vow_leading").value_or(0) != 1) continue;
      unfinished = metric(processes.http_port(i), "vow_decisions_unfinished").value_or(-1);
      if (unfinished == 0) return 0;
    }
    std::this_thread::sleep_for(100ms);
  }
  return unfinished;
}

int run(const Options& options) {
  Processes processes(options.dir);
  Run run;
  std::atomic<bool> participant_stops{false};
  std::thread participant([&] { participate(processes, participant_stops); });
  std::vector<std::thread> initiators;
  for (std::size_t i = 0; i < options.clients; ++i)
    initiators.emplace_back([&] { initiate(processes, run); });

  const auto has_begun = [&] {
    const std::lock_guard lock(run.mutex);
    return run.newest_term > 0;
  };
  while (!has_begun()) std::this_thread::sleep_for(10ms);
  std::vector<double> gaps;
  for (std::size_t i = 0; i < options.kills; ++i) {
    std::this_thread::sleep_for(2s);
    gaps.push_back(kill_leader(processes, run));
    fmt::print("{:>3}: {:.0f} ms from the kill to the first commit of the next leader\n", i + 1, gaps.back());
    std::fflush(stdout);
  }
  std::this_thread::sleep_for(2s);
  run.stopping = true;
  for (std::thread& each : initiators) each.join();
  const double unfinished = count_unfinished(processes);
  participant_stops = true;
  participant.join();
  const std::size_t lost = count_lost(processes, run.acknowledged);

  const double slowest = *std::max_element(gaps.begin(), gaps.end());
  const std::string line = fmt::format(
      "{{\"bench\":\"failover\",\"kills\":{},\"median_ms\":{:.0f},\"max_ms\":{:.0f},\"acknowledged\":{},"
      "\"lost\":{},"
      "\"unfinished\":{:.0f}}}",
      options.kills, median(gaps), slowest, run.acknowledged.size(), lost, unfinished);
  finish(line, options.json);
  return lost == 0 && unfinished == 0 ? 0 : 1;
}

}  // namespace
}  // namespace vow::bench

int main(int count, char** arguments) { return vow::bench::run(vow::bench::parse(count, arguments)); }
