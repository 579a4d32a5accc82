#include "participant-sdk/core/link.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>

#include "coordinator/base/endpoint.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t port_default = 7400;
constexpr auto look_again_first = 50ms;
constexpr auto look_again_longest = 1'000ms;
constexpr auto ask_again = 20ms;
constexpr auto goodbye_timeout = 200ms;
constexpr std::int32_t commands_max = 1'000;

rpc::ChannelOptions channel_to(const std::string& address, std::uint64_t seed) {
  rpc::ChannelOptions options;
  const auto endpoint = parse_endpoint(address);
  options.host = endpoint ? endpoint->host : address;
  options.port = endpoint ? endpoint->port : port_default;
  options.connect_ms_max = 2'000;
  options.seed = seed;
  return options;
}

Minter::Session session_of(const wire::SessionOpened& opened) {
  return {.cell = static_cast<std::uint32_t>(opened.cell),
          .incarnation = static_cast<std::uint32_t>(opened.incarnation),
          .term = Term(static_cast<std::uint64_t>(opened.term)),
          .number = txn::SessionNumber(static_cast<std::uint64_t>(opened.session)),
          .timeout_s_max = static_cast<std::uint32_t>(opened.timeout_s_max)};
}

// Waits for a call that ends by its timeout.
template <class T>
class Awaited {
 public:
  rpc::Done<T> done() {
    return [state = state_](rpc::CallResult<T> result) {
      const std::lock_guard lock(state->mutex);
      state->result.emplace(std::move(result));
      state->is_there.notify_all();
    };
  }
  // Null: it was stopped first.
  rpc::CallResult<T>* wait(const std::stop_token& stop) {
    std::unique_lock lock(state_->mutex);
    state_->is_there.wait(lock, stop, [&] { return state_->result.has_value(); });
    return state_->result ? &*state_->result : nullptr;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable_any is_there;
    std::optional<rpc::CallResult<T>> result;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

bool may_change(wire::Verdict::type verdict) {
  return verdict == wire::Verdict::ask_leader || verdict == wire::Verdict::pending ||
         verdict == wire::Verdict::unknown;
}

}  // namespace

Link::Link(Options options, Log log, OnLine on_line, OnCommands on_commands)
    : options_(std::move(options)),
      log_(std::move(log)),
      on_line_(std::move(on_line)),
      on_commands_(std::move(on_commands)),
      clock_(options_.probe),
      reactor_("vow-sdk-io"),
      random_(options_.seed),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "vow-sdk-link");
}

Link::~Link() {
  stop();
  thread_.join();
  line_.reset();
}

void Link::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void Link::time_jumped() {
  { const std::lock_guard lock(mutex_); }  // nobody is between looking at the clock and waiting
  changed_.notify_all();
}

void Link::serve(std::vector<std::string> resources) {
  {
    const std::lock_guard lock(mutex_);
    serves_ = std::move(resources);
    reopen_ = true;
  }
  changed_.notify_all();
}

std::shared_ptr<Line> Link::line(Instant until, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  clock_.wait(changed_, lock, stop, until, [&] { return stopping_ || line_; });
  return stopping_ ? nullptr : line_;
}

void Link::doubt(const std::shared_ptr<Line>& line, const std::string& leader) {
  {
    const std::lock_guard lock(mutex_);
    if (line_ != line) return;
    line_.reset();
    if (!leader.empty()) hint_ = leader;
  }
  changed_.notify_all();
}

std::string Link::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

std::optional<wire::Answer> Link::ask(const Call& call, Instant until, const std::stop_token& stop) {
  while (true) {
    const auto line = this->line(until, stop);
    if (!line) return std::nullopt;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.now());
    if (left <= 0ms) return std::nullopt;
    Awaited<wire::Answer> awaited;
    call(*line, std::min(left, options_.call_timeout), awaited.done());
    const auto* result = awaited.wait(stop);
    if (result == nullptr) return std::nullopt;
    if (result->ok() && !may_change((*result)->verdict)) return **result;
    if (!result->ok()) {
      log_(log_level::debug, fmt::format("{}: {}", line->address, result->error().text()));
      doubt(line);
    } else if ((*result)->verdict == wire::Verdict::ask_leader) {
      doubt(line, (*result)->leader);
    }
    // A decision that is on its way, or a leader that is not known yet, takes a moment.
    std::unique_lock lock(mutex_);
    clock_.wait(changed_, lock, stop, std::min(until, clock_.now() + ask_again), [&] { return stopping_; });
    if (stopping_ || stop.stop_requested()) return std::nullopt;
  }
}

// --- the thread

void Link::run() {
  while (true) {
    const auto line = find_leader();
    if (!line) return;
    publish(line);
    poll(line);
    doubt(line);
  }
}

void Link::publish(const std::shared_ptr<Line>& line) {
  log_(log_level::info, fmt::format("session {} with the coordinator at {} (term {})",
                                    txn::nth_of(line->minter->session().number), line->address,
                                    line->minter->session().term.value()));
  {
    const std::lock_guard lock(mutex_);
    line_ = line;
  }
  changed_.notify_all();
  on_line_();
}

// Null: stopped.
std::shared_ptr<Line> Link::find_leader() {
  auto again_in = std::chrono::milliseconds(look_again_first);
  while (true) {
    std::vector<std::string> candidates;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return nullptr;
      reopen_ = false;
      if (!hint_.empty()) candidates.push_back(std::exchange(hint_, {}));
    }
    candidates.insert(candidates.end(), options_.coordinators.begin(), options_.coordinators.end());
    // Whoever says that another leads makes that one the next candidate, once for each.
    for (std::size_t i = 0; i < candidates.size() && i < options_.coordinators.size() * 2 + 2; ++i) {
      std::string leads;
      if (auto line = open_at(candidates[i], leads)) return line;
      const bool is_new =
          !leads.empty() &&
          std::find(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(i + 1), leads) ==
              candidates.begin() + static_cast<std::ptrdiff_t>(i + 1);
      if (is_new) candidates.insert(candidates.begin() + static_cast<std::ptrdiff_t>(i + 1), leads);
    }
    wait(again_in / 2 +
         std::chrono::milliseconds(random_.below(static_cast<std::uint64_t>(again_in.count()) / 2 + 1)));
    again_in = std::min(again_in * 2, std::chrono::milliseconds(look_again_longest));
  }
}

std::shared_ptr<Line> Link::open_at(const std::string& address, std::string& leads) {
  auto line = std::make_shared<Line>(reactor_, channel_to(address, random_.next()), address, options_.probe);
  wire::OpenSession request;
  request.process = options_.process;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return nullptr;
    for (const std::string& resource : serves_) request.serves.emplace_back().resource = resource;
  }
  const Instant asked = clock_.now();
  const auto opened = line->client().open_session(request, options_.call_timeout);
  const Instant now = clock_.now();
  // If this process was held up meanwhile, the leader's clock is further than the answer says, and deadlines
  // told by it would be past already.
  const bool is_late = now - asked > options_.call_timeout;
  if (opened && !is_late) {
    line->minter.emplace(session_of(*opened), static_cast<std::uint64_t>(opened->clock_ms), now);
    return line;
  }
  if (!opened && opened.error().problem() != nullptr) leads = opened.error().problem()->leader;
  const std::string why = fmt::format(
      "{}: {}", address, opened ? std::string("it answered too late to be believed") : opened.error().text());
  const std::lock_guard lock(mutex_);
  if (problem_ != why) log_(log_level::debug, why);
  problem_ = why;
  return nullptr;
}

struct Link::Polling {
  bool is_out = false;  // a poll is on its way
  std::optional<rpc::CallResult<wire::Polled>> answer;
};

void Link::poll(const std::shared_ptr<Line>& line) {
  const auto polling = std::make_shared<Polling>();
  wire::Poll request;
  request.session = line->session();
  request.commands_max = commands_max;
  request.wait_ms = static_cast<std::int32_t>(options_.poll_wait.count());
  while (true) {
    send_reports(*line);  // before the coordinator asks for it
    line->client().poll(request, options_.poll_wait + options_.call_timeout,
                        [this, polling](rpc::CallResult<wire::Polled> answer) {
                          {
                            const std::lock_guard lock(mutex_);
                            polling->answer.emplace(std::move(answer));
                          }
                          changed_.notify_all();
                        });
    auto answer = wait_for(*polling, line);
    if (!answer) break;
    if (!*answer) {
      const wire::Problem* problem = answer->error().problem();
      const std::string why = fmt::format("{}: {}", line->address, answer->error().text());
      log_(log_level::warning, why);
      const std::lock_guard lock(mutex_);
      problem_ = why;
      hint_ = problem != nullptr && !problem->leader.empty() ? problem->leader : line->address;
      return;
    }
    line->minter->clock(static_cast<std::uint64_t>((*answer)->clock_ms), clock_.now());
    // Whoever ends his branches himself is told to do what he is about to report. Asked for a little later,
    // that need not be told any more.
    if (!(*answer)->commands.empty() && !on_commands_(std::move((*answer)->commands))) wait(gathering);
  }
  send_all_reports(*line);  // nobody else could
  // Given up, or no longer right: the leader need not wait for it to fall silent.
  (void)line->client().close_session(line->session(), goodbye_timeout);
  const std::lock_guard lock(mutex_);
  if (hint_.empty()) hint_ = line->address;
}

std::optional<rpc::CallResult<wire::Polled>> Link::wait_for(Polling& polling,
                                                            const std::shared_ptr<Line>& line) {
  std::unique_lock lock(mutex_);
  while (!polling.answer) {
    if (stopping_ || reopen_ || line_ != line) return std::nullopt;
    if (reports_.empty() || reporting_) {
      changed_.wait(lock);
    } else if (clock_.now() < report_again_) {
      changed_.wait_until(lock, clock_.on_machine(report_again_));
    } else {
      lock.unlock();
      send_reports(*line);
      lock.lock();
    }
  }
  return std::exchange(polling.answer, std::nullopt);
}

void Link::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  clock_.wait(changed_, lock, {}, clock_.now() + time, [&] { return stopping_; });
}

}  // namespace vow::sdk
