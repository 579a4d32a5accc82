#include "coordinator/http/endpoint.h"
#include "coordinator/http/endpoints.h"

namespace vow::http {
namespace {

using dispatch::Coordinator;

constexpr Range resource_size{1, txn::resource_name_size_max};
constexpr Range process_size{1, 256};
constexpr Range error_size{0, 4096};
constexpr std::size_t serves_max = 1024;
constexpr std::size_t reports_max = 10'000;
constexpr std::uint64_t commands_max = 10'000;
constexpr std::uint64_t wait_ms_max = 60'000;

dispatch::Report read_report(Fields& fields) {
  dispatch::Report report;
  report.xid = fields.xid("xid");
  Fields preparation = fields.object("preparation");
  report.action = fields.choice<txn::Action>("action", {{"prepare", txn::Action::prepare},
                                                        {"commit", txn::Action::commit},
                                                        {"rollback", txn::Action::rollback}});
  // A branch that is told to prepare has no nonce yet.
  const std::uint64_t nonce_low = report.action == txn::Action::prepare ? 0 : 1;
  report.preparation.branch = preparation.branch("branch");
  report.preparation.nonce = txn::Nonce(preparation.number("nonce", {nonce_low, txn::nonce_max}));
  preparation.end();
  report.done = fields.truth("done");
  report.error = fields.text("error", error_size, "");
  report.elsewhere = fields.truth("elsewhere", false);
  fields.end();
  return report;
}

}  // namespace

Response list_sessions(const Call& call) {
  Arguments arguments(call);
  if (const auto refusal = arguments.refusal()) return *refusal;
  using List = Told<Listed<dispatch::SessionShown>>;
  const auto heard = call.asker.ask<List>(
      call.patience(), [self = call.options.self](const Coordinator& coordinator, const Tell<List>& tell) {
        tell(Listed<dispatch::SessionShown>{self, coordinator.is_leading(), coordinator.sessions()});
      });
  return respond(call, heard, Effect::none);
}

Response list_resources(const Call& call) {
  Arguments arguments(call);
  if (const auto refusal = arguments.refusal()) return *refusal;
  using List = Told<Listed<dispatch::ResourceShown>>;
  const auto heard = call.asker.ask<List>(
      call.patience(), [self = call.options.self](const Coordinator& coordinator, const Tell<List>& tell) {
        tell(Listed<dispatch::ResourceShown>{self, coordinator.is_leading(), coordinator.resources()});
      });
  return respond(call, heard, Effect::none);
}

Response open_session(const Call& call) {
  Arguments arguments(call);
  dispatch::OpenSession request;
  request.process = arguments.body().text("process", process_size);
  for (Fields& served : arguments.body().objects("serves", serves_max)) {
    request.serves.push_back(
        {.resource = served.text("resource", resource_size),
         .weight = static_cast<std::uint32_t>(served.number("weight", {1, 1'000'000}, 1))});
    served.end();
  }
  if (const auto refusal = arguments.refusal()) return *refusal;

  using Opened = Told<dispatch::SessionOpened>;
  const auto heard =
      call.asker.ask<Opened>(call.patience(), [request](Coordinator& coordinator, const Tell<Opened>& tell) {
        tell(coordinator.open_session(request));
      });
  // A session that was opened and that nobody heard of expires by itself.
  return respond(call, heard, Effect::none);
}

Response close_session(const Call& call) {
  Arguments arguments(call);
  const txn::SessionNumber session = arguments.session();
  if (const auto refusal = arguments.refusal()) return *refusal;
  const auto heard = call.asker.ask<Told<Done>>(
      call.patience(), [session](Coordinator& coordinator, const Tell<Told<Done>>& tell) {
        coordinator.close_session(session);
        tell(Done{});
      });
  return respond(call, heard, Effect::some);
}

Response poll(const Call& call) {
  Arguments arguments(call);
  dispatch::Poll poll;
  poll.session = arguments.session();
  poll.commands_max = static_cast<std::uint32_t>(
      arguments.body().number("commands_max", {1, commands_max}, poll.commands_max));
  poll.wait_ms =
      static_cast<std::uint32_t>(arguments.body().number("wait_ms", {0, wait_ms_max}, poll.wait_ms));
  if (const auto refusal = arguments.refusal()) return *refusal;

  using Polled = Told<dispatch::Polled>;
  const auto wait = call.patience() + std::chrono::milliseconds(poll.wait_ms);
  const auto heard = call.asker.ask<Polled>(
      wait, [poll](Coordinator& coordinator, Tell<Polled> tell) { coordinator.poll(poll, std::move(tell)); });
  // Commands that were handed out and never arrived are repeated.
  return respond(call, heard, Effect::none);
}

Response report(const Call& call) {
  Arguments arguments(call);
  const txn::SessionNumber session = arguments.session();
  std::vector<dispatch::Report> reports;
  for (Fields& fields : arguments.body().objects("reports", reports_max))
    reports.push_back(read_report(fields));
  if (const auto refusal = arguments.refusal()) return *refusal;

  const auto heard = call.asker.ask<Told<Reported>>(
      call.patience(), [session, reports](Coordinator& coordinator, const Tell<Told<Reported>>& tell) {
        for (const dispatch::Report& report : reports) coordinator.report(session, report);
        tell(Reported{reports.size()});
      });
  return respond(call, heard, Effect::some);
}

}  // namespace vow::http
