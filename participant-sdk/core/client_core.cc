#include "participant-sdk/core/client_core.h"

#include <random>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include "coordinator/base/endpoint.h"
#include "coordinator/txn/branch.h"
#include "participant-sdk/core/actions.h"
#include "participant-sdk/core/failures.h"
#include "participant-sdk/core/side_by_side.h"

namespace vow::sdk {
namespace {

std::uint64_t seed_of_this_process() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device();
}

// Threads that branches of one transaction end on, at the same time. Where all are busy, who asked helps
// himself.
constexpr std::uint32_t helpers_max = 64;
// While so many transactions end at once, their threads keep the processors busy, and handing over costs more
// than it spares.
const std::uint32_t crowd = std::max(2u, std::thread::hardware_concurrency());

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
      probe_(options_.probe ? options_.probe(options_.process) : nullptr),
      clock_(probe_.get()),
      random_(seed_of_this_process()),
      link_(
          {.coordinators = options_.coordinators,
           .process = options_.process,
           .call_timeout = options_.call_timeout,
           .seed = random_.next(),
           .probe = probe_.get()},
          [this](log_level level, const std::string& message) { log(level, message); },
          [this] {
            {
              const std::lock_guard lock(mutex_);
              is_line_new_ = true;
            }
            changed_.notify_all();
          },
          [this](std::vector<wire::Command> commands) { return take(std::move(commands)); }),
      helpers_(helpers_max),
      tasks_(options_.workers) {
  for (std::uint32_t i = 0; i < options_.workers; ++i) {
    workers_.emplace_back([this] { work(); });
    name_thread(workers_.back(), "vow-sdk-worker");
  }
  recovery_ = std::thread([this] { recover_again_and_again(); });
  name_thread(recovery_, "vow-sdk-recover");
  if (probe_) probe_->begin(*this);
}

client_core::~client_core() {
  tasks_.finish();
  if (probe_) probe_->end();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  link_.stop();
  for (std::thread& worker : workers_) worker.join();
  recovery_.join();
}

void client_core::side_by_side(std::vector<std::function<void()>> all) {
  struct Presence {
    explicit Presence(std::atomic<std::uint32_t>& count) : count_(count), others(count.fetch_add(1)) {}
    ~Presence() { --count_; }
    std::atomic<std::uint32_t>& count_;
    const std::uint32_t others;
  };
  const Presence here(at_once_);
  if (!probe_ && here.others < crowd) return sdk::side_by_side(helpers_, std::move(all));
  for (const auto& each : all) each();
}

bool client_core::is_of_this_process() const { return ::getpid() == process_; }

void client_core::check_process() const {
  if (!is_of_this_process()) throw made_before_fork();
  if (probe_) probe_->check_alive();
}

// --- for tests

void client_core::reached(step at, Edge edge, const std::string& resource) {
  try {
    probe_->reached(at, edge, resource);
  } catch (...) {
    die();
    throw;
  }
}

// Databases are left as they are, as by a process that is killed: what it held only loses its connections.
void client_core::die() {
  std::map<std::string, std::shared_ptr<HeldBranch>> held;
  {
    const std::lock_guard lock(mutex_);
    dead_ = stopping_ = true;
    held.swap(held_);
  }
  for (const std::string& resource : served()) (void)shared_.take_all(resource);
  changed_.notify_all();
  link_.stop();
}

void client_core::time_jumped() {
  { const std::lock_guard lock(mutex_); }  // nobody is between looking at the clock and waiting
  changed_.notify_all();
  link_.time_jumped();
}

std::vector<std::string> client_core::held() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, branch] : held_) names.push_back(name);
  return names;
}

void client_core::log(log_level level, const std::string& message) const {
  if (options_.log) options_.log(level, message);
}

std::uint64_t client_core::draw(std::uint64_t below) {
  const std::lock_guard lock(random_mutex_);
  return random_.below(below);
}

std::uint64_t client_core::draw_nonce() { return draw(txn::nonce_max) + 1; }

void client_core::pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  clock_.wait(changed_, lock, stop, clock_.now() + time, [&] { return stopping_; });
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
  (void)shared_.take_all(one.name());  // their work is lost, and the coordinator will hear so
  link_.serve(served());
}

std::vector<std::string> client_core::served() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, served] : resources_) names.push_back(name);
  return names;
}

// --- held branches

// From before it can be found in the database until it has ended, recovery knows that somebody is at it.
std::shared_ptr<HeldBranch> client_core::prepare(const std::string& resource, const preparation& as,
                                                 std::unique_ptr<vow::branch>& work) {
  const std::string name = as.name();
  {
    const std::lock_guard lock(mutex_);
    preparing_.insert(name);
  }
  std::exception_ptr problem;
  auto found = ballot::read_only;
  try {
    found = work->prepare();
  } catch (...) {
    problem = std::current_exception();
  }
  std::shared_ptr<HeldBranch> held;
  if (!problem && found == ballot::prepared)
    held = std::make_shared<HeldBranch>(HeldBranch{resource, as, std::move(work)});
  {
    const std::lock_guard lock(mutex_);
    preparing_.erase(name);
    if (held) held_[name] = held;
  }
  if (problem) std::rethrow_exception(problem);
  work.reset();
  return held;
}

void client_core::let_go(const std::shared_ptr<HeldBranch>& branch) {
  {
    const std::lock_guard lock(mutex_);
    branch->busy = false;
    if (!branch->missed) return;
    commands_.push_back(*std::exchange(branch->missed, std::nullopt));
  }
  changed_.notify_all();
}

void client_core::ended(const std::shared_ptr<HeldBranch>& branch, wire::Action::type action) {
  const std::string name = branch->as.name();
  {
    const std::lock_guard lock(mutex_);
    held_.erase(name);
    ended_.add(name, action);
  }
  report_done(branch->as, action, branch->resource);
}

void client_core::report_done(const preparation& which, wire::Action::type action,
                              const std::string& resource) {
  wire::Report report;
  report.xid = which.xid;
  report.preparation.branch = which.branch;
  report.preparation.nonce = static_cast<std::int64_t>(which.nonce);
  report.action = action;
  report.done = true;
  this->report(std::move(report), resource);
}

void client_core::report(wire::Report report, const std::string& resource) {
  before(step::acknowledge, resource);
  link_.report(std::move(report));
  after(step::acknowledge, resource);
}

}  // namespace vow::sdk
