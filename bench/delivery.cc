// What the delivery of commands costs, apart from all else: busy, with millions for absent participants, and
// with many that fail. It does a fixed amount of work, however long it may take (--seconds is taken and not
// used).
#include <chrono>
#include <string>

#include <fmt/format.h>
#include <malloc.h>

#include "bench/options.h"
#include "tests/dispatch/delivery_words.h"

namespace vow::dispatch {
namespace {

using Clock = std::chrono::steady_clock;

double ns_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

std::size_t bytes_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void open(Delivery& delivery, std::uint64_t session) {
  delivery.open(txn::SessionNumber(session),
                {.process = fmt::format("p{}", session), .serves = {{"stock", 1}}}, 0);
}

void poll(Delivery& delivery, std::uint64_t session, std::uint64_t now_ms) {
  delivery.poll({txn::SessionNumber(session), 1'000, 20'000}, PollToken(session), now_ms);
}

// Each instruction to its voter, handed out, reported and confirmed; turns of 1,000.
double busy(std::uint64_t sessions, std::uint64_t backlog) {
  Delivery delivery(DeliveryOptions{}, Random(1));
  std::uint32_t sequence = 0;
  for (; sequence < backlog; ++sequence) {
    txn::Instruction other = commit_of(sequence);
    other.resource = "absent";
    delivery.instruct(other, 0);
  }
  for (std::uint64_t session = 1; session <= sessions; ++session) open(delivery, session);
  constexpr int turns = 1'000;
  std::size_t confirmed = 0;
  const auto start = Clock::now();
  for (int turn = 0; turn < turns; ++turn) {
    for (std::uint64_t session = 1; session <= sessions; ++session) {
      poll(delivery, session, static_cast<std::uint64_t>(turn));
    }
    for (int i = 0; i < 1'000; ++i) {
      ++sequence;
      delivery.instruct(commit_of(sequence, sequence % sessions + 1), static_cast<std::uint64_t>(turn));
    }
    for (const Delivery::Answered& answered : delivery.take_output().polls) {
      for (const Command& command : answered.commands) {
        delivery.report(txn::SessionNumber(answered.token.value()), done(command),
                        static_cast<std::uint64_t>(turn));
      }
    }
    confirmed += delivery.take_output().confirmed.size();
    delivery.tick(static_cast<std::uint64_t>(turn));
  }
  const double ns = ns_since(start) / static_cast<double>(confirmed);
  fmt::print("busy, {} sessions, {} more for absent ones: {:.0f} ns for each of {} confirmed\n", sessions,
             backlog, ns, confirmed);
  return ns;
}

double absent(std::uint32_t count) {
  const std::size_t before = bytes_in_use();
  Delivery delivery(DeliveryOptions{}, Random(1));
  double slowest = 0;
  const auto start = Clock::now();
  for (std::uint32_t i = 1; i <= count; ++i) {
    const auto one = Clock::now();
    delivery.instruct(commit_of(i, 1), 0);
    slowest = std::max(slowest, ns_since(one));
  }
  const double ns = ns_since(start) / count;
  const double bytes = static_cast<double>(bytes_in_use() - before) / count;
  fmt::print("absent, {} instructions: {:.0f} bytes and {:.0f} ns each, the slowest {:.0f} us\n", count,
             bytes, ns, slowest / 1e3);
  auto at = Clock::now();
  for (std::uint64_t now = 1; now <= 1'000; ++now) delivery.tick(now * 10);
  fmt::print("  a tick: {:.0f} ns\n", ns_since(at) / 1'000);
  at = Clock::now();
  open(delivery, 1);
  poll(delivery, 1, 20'000);
  const std::size_t handed = delivery.take_output().polls.at(0).commands.size();
  fmt::print("  an instance comes and gets its first {}: {:.2f} ms\n", handed, ns_since(at) / 1e6);
  at = Clock::now();
  delivery.close(txn::SessionNumber(1), 20'000);
  fmt::print("  and goes: {:.2f} ms\n", ns_since(at) / 1e6);
  return bytes;
}

void failing(std::uint32_t count) {
  DeliveryOptions options;
  options.in_flight_max = options.assigned_max = count;
  Delivery delivery(options, Random(1));
  open(delivery, 1);
  for (std::uint32_t i = 1; i <= count; ++i) delivery.instruct(commit_of(i, 1), 0);
  double in_ticks = 0;
  double slowest = 0;
  std::size_t ticks = 0;
  std::size_t failures = 0;
  for (std::uint64_t now = 0; now < 60'000; now += 10) {
    poll(delivery, 1, now);
    for (const Delivery::Answered& answered : delivery.take_output().polls) {
      for (const Command& command : answered.commands) {
        delivery.report(txn::SessionNumber(1), failed(command, "the database is down"), now);
        ++failures;
      }
    }
    const auto start = Clock::now();
    delivery.tick(now);
    const double ns = ns_since(start);
    in_ticks += ns;
    slowest = std::max(slowest, ns);
    ++ticks;
  }
  fmt::print("{} that fail for ever, 60 s: {} attempts, a tick {:.1f} us, the slowest {:.1f} us\n", count,
             failures, in_ticks / static_cast<double>(ticks) / 1e3, slowest / 1e3);
}

}  // namespace
}  // namespace vow::dispatch

int main(int count, char** arguments) {
  const vow::bench::Flags flags(count, arguments, {{"seconds", "0"}});
  const double few = vow::dispatch::busy(10, 0);
  const double many = vow::dispatch::busy(1'000, 0);
  const double beside_millions = vow::dispatch::busy(10, 3'000'000);
  const double bytes = vow::dispatch::absent(4'000'000);
  vow::dispatch::failing(100'000);
  const std::string line = fmt::format(
      "{{\"bench\":\"delivery\",\"ns_10_sessions\":{:.0f},\"ns_1000_sessions\":{:.0f},\"ns_beside_3m\":{:.0f}"
      ","
      "\"bytes_each\":{:.0f}}}",
      few, many, beside_millions, bytes);
  vow::bench::finish(line, flags.text("json"));
}
