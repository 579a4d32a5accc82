#include "participant-sdk/core/client_core.h"

#include <random>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include "coordinator/base/endpoint.h"
#include "coordinator/txn/branch.h"
#include "participant-sdk/core/failures.h"

namespace vow::sdk {
namespace {

// Commands that wait for a worker. What is dropped beyond it comes again.
constexpr std::size_t commands_max = 100'000;

std::uint64_t seed_of_this_process() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device();
}

client_options checked(client_options options) {
  if (options.coordinators.empty())
    throw bad_options("no coordinator is given",
                      "name the cluster's members in client_options::coordinators");
  for (const std::string& address : options.coordinators) {
    if (!parse_endpoint(address))
      throw bad_options(fmt::format("'{}' is no address of a coordinator", address), "write it as host:port");
  }
  if (options.workers == 0 || options.workers > 1'000)
    throw bad_options(fmt::format("{} workers cannot be", options.workers), "choose 1 to 1000; 4 is usual");
  if (options.process.empty()) {
    char host[256] = {};
    ::gethostname(host, sizeof(host) - 1);
    options.process = fmt::format("{}/{}@{}", program_invocation_short_name, ::getpid(), host);
  }
  return options;
}

void name_thread(std::thread& thread, const char* name) { pthread_setname_np(thread.native_handle(), name); }

}  // namespace

// --- life

client_core::client_core(client_options options)
    : options_(checked(std::move(options))),
      process_(::getpid()),
      random_(seed_of_this_process()),
      link_(
          {.coordinators = options_.coordinators,
           .process = options_.process,
           .call_timeout = options_.call_timeout,
           .seed = random_.next()},
          [this](log_level level, const std::string& message) { log(level, message); },
          [this](std::vector<wire::Command> commands) { take(std::move(commands)); }) {
  for (std::uint32_t i = 0; i < options_.workers; ++i) {
    workers_.emplace_back([this] { work(); });
    name_thread(workers_.back(), "vow-sdk-worker");
  }
  recovery_ = std::thread([this] { recover_again_and_again(); });
  name_thread(recovery_, "vow-sdk-recover");
}

client_core::~client_core() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  link_.stop();
  for (std::thread& worker : workers_) worker.join();
  recovery_.join();
}

bool client_core::is_of_this_process() const { return ::getpid() == process_; }

void client_core::check_process() const {
  if (!is_of_this_process()) throw made_before_fork();
}

void client_core::log(log_level level, const std::string& message) const {
  if (options_.log) options_.log(level, message);
}

std::uint64_t client_core::draw(std::uint64_t below) {
  const std::lock_guard lock(mutex_);
  return random_.below(below);
}

std::uint64_t client_core::draw_nonce() { return draw(txn::nonce_max) + 1; }

void client_core::pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, time, [&] { return stopping_; });
}

// --- resources

client_core::Use::Use(client_core& core, const std::string& name) : core_(core) {
  const std::lock_guard lock(core_.mutex_);
  const auto at = core_.resources_.find(name);
  if (at == core_.resources_.end()) return;
  served_ = &at->second;
  ++served_->in_use;
}

client_core::Use::~Use() {
  if (served_ == nullptr) return;
  const std::lock_guard lock(core_.mutex_);
  --served_->in_use;
  core_.changed_.notify_all();
}

void client_core::add(resource& one) {
  {
    const std::lock_guard lock(mutex_);
    const bool is_new = resources_.try_emplace(one.name(), Served{&one, 0}).second;
    if (!is_new) {
      throw bad_options(fmt::format("this client has a resource '{}' already", one.name()),
                        "give each database a name of its own, and make one resource for it");
    }
  }
  link_.serve(served());
  changed_.notify_all();
}

void client_core::remove(resource& one) {
  if (!is_of_this_process()) return;
  std::vector<std::shared_ptr<HeldBranch>> left;
  {
    std::unique_lock lock(mutex_);
    const auto at = resources_.find(one.name());
    if (at == resources_.end() || at->second.one != &one) return;
    changed_.wait(lock, [&] { return at->second.in_use == 0; });
    resources_.erase(at);
    // They may use what the adapter is about to take away. What they hold stays prepared.
    for (auto held = held_.begin(); held != held_.end();) {
      if (held->second->resource == one.name()) {
        left.push_back(std::move(held->second));
        held = held_.erase(held);
      } else {
        ++held;
      }
    }
  }
  left.clear();
  link_.serve(served());
}

std::vector<std::string> client_core::served() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, served] : resources_) names.push_back(name);
  return names;
}

// --- held branches

std::shared_ptr<HeldBranch> client_core::hold(std::string resource, const preparation& as,
                                              std::unique_ptr<vow::branch> work) {
  auto held = std::make_shared<HeldBranch>(HeldBranch{std::move(resource), as, std::move(work)});
  const std::lock_guard lock(mutex_);
  held_[as.name()] = held;
  return held;
}

void client_core::let_go(const std::shared_ptr<HeldBranch>& branch) {
  const std::lock_guard lock(mutex_);
  branch->busy = false;
}

void client_core::ended(const std::shared_ptr<HeldBranch>& branch, wire::Action::type action) {
  {
    const std::lock_guard lock(mutex_);
    held_.erase(branch->as.name());
  }
  wire::Report report;
  report.xid = branch->as.xid;
  report.preparation.branch = branch->as.branch;
  report.preparation.nonce = static_cast<std::int64_t>(branch->as.nonce);
  report.action = action;
  report.done = true;
  link_.report(std::move(report));
}

// --- what the coordinator asks

void client_core::take(std::vector<wire::Command> commands) {
  {
    const std::lock_guard lock(mutex_);
    for (wire::Command& command : commands) {
      if (commands_.size() < commands_max) commands_.push_back(std::move(command));
    }
  }
  changed_.notify_all();
}

void client_core::work() {
  while (true) {
    wire::Command command;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !commands_.empty(); });
      if (stopping_) return;
      command = std::move(commands_.front());
      commands_.pop_front();
    }
    carry_out(command);
  }
}

void client_core::carry_out(const wire::Command& command) {
  wire::Report report;
  report.xid = command.xid;
  report.preparation = command.preparation;
  report.action = command.action;
  const preparation which{command.xid, command.preparation.branch,
                          static_cast<std::uint64_t>(command.preparation.nonce)};
  try {
    // If not: whoever is ending it reports by himself.
    if (!end(command.resource, which, command.action)) return;
    report.done = true;
  } catch (const std::exception& problem) {
    report.__set_error(problem.what());
    log(log_level::warning, fmt::format("{} on {}: {}", which.name(), command.resource, problem.what()));
  }
  link_.report(std::move(report));
}

bool client_core::end(const std::string& name, const preparation& which, wire::Action::type action) {
  const Use use(*this, name);
  if (use.one() == nullptr) throw std::runtime_error("this process no longer serves " + name);
  std::shared_ptr<HeldBranch> held;
  {
    const std::lock_guard lock(mutex_);
    const auto at = held_.find(which.name());
    if (at != held_.end()) {
      if (std::exchange(at->second->busy, true)) return false;
      held = at->second;
    }
  }
  if (held) return end_held(held, action);
  if (action == wire::Action::commit) {
    use.one()->commit_prepared(which);
  } else if (action == wire::Action::rollback) {
    use.one()->rollback_prepared(which);
  } else {
    throw std::runtime_error("no branch of this process waits to be prepared under this name");
  }
  return true;
}

bool client_core::end_held(const std::shared_ptr<HeldBranch>& held, wire::Action::type action) {
  try {
    if (action == wire::Action::commit) {
      held->work->commit();
    } else {
      held->work->rollback();
    }
  } catch (...) {
    let_go(held);
    throw;
  }
  const std::lock_guard lock(mutex_);
  held_.erase(held->as.name());
  return true;
}

vow::outcome client_core::wait(const std::string& xid, Instant until, const std::stop_token& stop) {
  wire::Question question;
  question.xid = xid;
  question.asker = wire::Asker::watcher;
  const auto call = [&](Line& line, rpc::CallTimeout timeout, const rpc::Done<wire::Answer>& done) {
    line.client().outcome(question, timeout, done);
  };
  while (true) {
    const auto answer = link_.ask(call, until, stop);
    if (!answer) return outcome::unknown;
    if (answer->verdict == wire::Verdict::committed) return outcome::committed;
    if (answer->verdict == wire::Verdict::rolled_back || answer->verdict == wire::Verdict::nothing_to_commit)
      return outcome::rolled_back;
    if (answer->verdict != wire::Verdict::open) return outcome::unknown;
    std::unique_lock lock(mutex_);
    const Instant again = std::min(until, Clock::now() + std::chrono::milliseconds(50));
    changed_.wait_until(lock, again, [&] { return stopping_; });
    if (stopping_ || stop.stop_requested() || Clock::now() >= until) return outcome::unknown;
  }
}

}  // namespace vow::sdk
