#include "vow/client.h"

#include <cstdlib>

#include "coordinator/base/endpoint.h"
#include "participant-sdk/core/client_core.h"
#include "participant-sdk/core/failures.h"
#include "participant-sdk/core/transaction.h"

#include "vow/resource.h"
#include "vow/tx.h"

namespace vow {

using sdk::Clock;

// --- tx

const std::string& tx::xid() const { return transaction_->xid(); }
std::chrono::steady_clock::time_point tx::deadline() const { return transaction_->deadline(); }

vow::call tx::call() {
  auto [nth, context] = transaction_->next_call();
  return {transaction_, nth, std::move(context)};
}

void call::answered(const vow::headers& with) { transaction_->answered(nth_, with); }

// --- resource

resource::resource(client& of, std::string name) : core_(of.core()), name_(std::move(name)) {
  if (name_.empty() || name_.size() > 64) {
    throw sdk::bad_options("a resource's name has 1 to 64 characters, not " + std::to_string(name_.size()),
                           "choose a short one, such as \"orders-db\"");
  }
}
resource::~resource() { stop(); }
void resource::start() { core_->add(*this); }
void resource::stop() { core_->remove(*this); }
branch& resource::enlist(tx& of, const make_branch& make) { return of.inside().enlist(*this, make); }

// --- client

client_options client_options::from_env() {
  client_options options;
  if (const char* const coordinators = std::getenv("VOW_COORDINATORS")) {
    options.coordinators.clear();
    const auto all = parse_endpoints(coordinators);
    if (!all) options.coordinators.emplace_back(coordinators);  // the client says what is wrong with it
    for (const Endpoint& each : all.value_or(std::vector<Endpoint>()))
      options.coordinators.push_back(to_string(each));
  }
  if (const char* const process = std::getenv("VOW_PROCESS")) options.process = process;
  return options;
}

client::client(client_options options) : core_(std::make_shared<sdk::client_core>(std::move(options))) {}
client::~client() {
  // In a child that did not make it there are no threads to be waited for: it is left as it is.
  if (!core_->is_of_this_process()) (void)new std::shared_ptr<sdk::client_core>(std::move(core_));
}

vow::outcome client::wait(const std::string& xid, std::chrono::milliseconds timeout, std::stop_token stop) {
  return core_->wait(xid, Clock::now() + timeout, stop);
}

namespace {

// One attempt. True: committed. False: it is certain that it is not, and another attempt may end better.
bool attempt(sdk::client_core& core, std::string_view name, const run_options& options,
             const std::function<void(tx&)>& body, bool is_last) {
  const auto transaction = std::make_shared<sdk::transaction>(core, std::string(name), options);
  try {
    tx in(transaction);
    body(in);
    transaction->commit();
    return true;
  } catch (const error& why) {
    transaction->rollback();
    const bool again = why.retryable() && why.outcome() == outcome::rolled_back && !is_last;
    if (!again) throw;
    core.log(log_level::info, why.what());
  } catch (const std::exception& why) {
    const bool again = transaction->is_transient(why) && !is_last;
    transaction->rollback();
    if (!again) throw;
    core.log(log_level::info, why.what());
  } catch (...) {
    transaction->rollback();
    throw;
  }
  return false;
}

}  // namespace

reply client::serve(std::string_view name, const headers& request, const std::function<void(tx&)>& body,
                    const run_options& options) {
  const std::optional<sdk::Context> context = sdk::context_of(request);
  if (!context) throw sdk::bad_context(std::string(name), "its request has no vow-context that can be read");
  const auto run = [&] {
    const auto part = std::make_shared<sdk::transaction>(*core_, std::string(name), options, *context);
    try {
      tx in(part);
      body(in);
      return sdk::encode(part->vote());
    } catch (...) {
      part->rollback();
      throw;
    }
  };
  const sdk::ServedCalls::Served served = core_->served_calls().once(*context, run);
  return {.headers = {{std::string(branches_header), served.branches}}, .repeated = served.repeated};
}

void client::run_erased(std::string_view name, const run_options& options,
                        const std::function<void(tx&)>& body) {
  auto longest = options.retry.first_wait;
  for (std::uint32_t nth = 1;; ++nth) {
    if (attempt(*core_, name, options, body, nth >= options.retry.attempts)) return;
    const auto half = static_cast<std::uint64_t>(longest.count()) / 2;
    core_->pause(std::chrono::milliseconds(half + core_->draw(half + 1)), options.stop);
    longest = std::min(longest * 2, options.retry.longest_wait);
  }
}

}  // namespace vow
