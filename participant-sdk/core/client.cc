#include "vow/client.h"

#include <cstdlib>

#include "coordinator/base/endpoint.h"
#include "participant-sdk/core/actions.h"
#include "participant-sdk/core/client_core.h"
#include "participant-sdk/core/failures.h"
#include "participant-sdk/core/transaction.h"

#include "vow/resource.h"
#include "vow/tx.h"

namespace vow {

// --- tx

const std::string& tx::xid() const { return transaction_->xid(); }
std::chrono::steady_clock::time_point tx::deadline() const { return transaction_->deadline(); }
bool tx::has_begun_here() const { return transaction_->has_begun_here(); }

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

sdk::Actions& resource::actions() {
  std::call_once(first_action_, [&] {
    record::book* const book = records();
    if (book == nullptr)
      throw sdk::bad_options("the resource '" + name_ + "' keeps no records, so it has no actions",
                             "add the action to a resource of PostgreSQL, MariaDB, MySQL or SQLite");
    book->make();
    actions_ = std::make_shared<sdk::Actions>(*book);
    has_actions_ = true;
  });
  return *actions_;
}

action resource::add(record::kind kind, std::string name, raw_step attempt, raw_step confirm,
                     raw_step cancel) {
  return {*this, actions().add({.name = std::move(name),
                                .kind = kind,
                                .attempt = std::move(attempt),
                                .confirm = std::move(confirm),
                                .cancel = std::move(cancel)})};
}

action resource::tcc_of(std::string name, raw_step attempt, raw_step confirm, raw_step cancel) {
  return add(record::kind::tcc, std::move(name), std::move(attempt), std::move(confirm), std::move(cancel));
}

action resource::hooks(std::string name, hook prepare, hook commit, hook rollback) {
  const auto without_handle = [](hook of) -> raw_step {
    if (!of) return {};
    return [of = std::move(of)](void*, const branch_info& about, std::string& bytes) { of(about, bytes); };
  };
  return add(record::kind::hooks, std::move(name), without_handle(std::move(prepare)),
             without_handle(std::move(commit)), without_handle(std::move(rollback)));
}

void action::operator()(tx& in, std::string_view bytes) const {
  in.inside().enlist_recorded(*on_,
                              [&](const preparation& as) { return on_->actions().begin(is_, as, bytes); });
}

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
  if (core_->is_of_this_process()) {
    core_->tasks().finish();
  } else {
    (void)new std::shared_ptr<sdk::client_core>(std::move(core_));
  }
}

vow::outcome client::wait(const std::string& xid, std::chrono::milliseconds timeout, std::stop_token stop) {
  return core_->wait(xid, core_->clock().now() + timeout, stop);
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

// Who drops it may not wait for databases, so it is destroyed elsewhere: the task alone has it.
tx client::begin(std::string_view name, const run_options& options) {
  const auto destroy_elsewhere = [core = core_](sdk::transaction* dropped) {
    std::shared_ptr<sdk::transaction> last(dropped);
    if (core->is_of_this_process()) core->tasks().post([last = std::move(last)] {});
  };
  return tx(std::shared_ptr<sdk::transaction>(new sdk::transaction(*core_, std::string(name), options),
                                              destroy_elsewhere));
}

namespace {

void commit_or_undo(sdk::transaction& of) {
  try {
    of.commit();
  } catch (...) {
    of.rollback();
    throw;
  }
}

}  // namespace

void client::commit(tx& of) { commit_or_undo(of.inside()); }

void client::rollback(tx& of) { of.inside().rollback(); }

void client::commit_async(tx of, std::function<void(std::exception_ptr problem)> done) {
  core_->tasks().post([of = std::move(of), done = std::move(done)] {
    std::exception_ptr problem;
    try {
      commit_or_undo(of.inside());
    } catch (...) {
      problem = std::current_exception();
    }
    done(problem);
  });
}

reply client::serve_erased(std::string_view name, const headers& request,
                           const std::function<std::string(tx&)>& body, const run_options& options) {
  const std::optional<sdk::Context> context = sdk::context_of(request);
  if (!context) throw sdk::bad_context(std::string(name), "its request has no vow-context that can be read");
  const auto run = [&]() -> sdk::ServedCalls::Answer {
    const auto part = std::make_shared<sdk::transaction>(*core_, std::string(name), options, *context);
    try {
      tx in(part);
      std::string answer = body(in);
      return {sdk::encode(part->vote()), std::move(answer)};
    } catch (const already_prepared& why) {
      part->rollback();
      throw sdk::served_elsewhere(context->xid, std::string(name), why);
    } catch (const error&) {
      part->rollback();
      throw;
    } catch (const std::exception& why) {
      const bool again = part->is_transient(why);
      part->rollback();
      if (again) throw sdk::transient(context->xid, std::string(name), why.what());
      throw;
    } catch (...) {
      part->rollback();
      throw;
    }
  };
  sdk::ServedCalls::Served served = core_->served_calls().once(*context, run);
  if (!served.body) throw sdk::answer_not_kept(context->xid, std::string(name));
  return {.headers = {{std::string(branches_header), std::move(served.branches)}},
          .body = *std::move(served.body),
          .repeated = served.repeated};
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
