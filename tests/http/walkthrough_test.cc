// Runs the lines that coordinator/http/README.md asks its reader to type.
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/http/front.h"

namespace vow::http {
namespace {

using txn::Verdict;

std::string shell_in_readme() {
  std::ifstream file("coordinator/http/README.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string readme = text.str();
  const std::string begin = "```sh\n";
  const auto from = readme.find(begin) + begin.size();
  return readme.substr(from, readme.find("```", from) - from);
}

struct Ran {
  int status = 0;
  std::string output;
};

// With a bound on its time.
Ran run_shell(const std::string& script, std::uint16_t port) {
  const std::string path = testing::TempDir() + "vow_walkthrough.sh";
  std::ofstream(path) << "set -eu\n" << script;
  const std::string command =
      "VOW=http://127.0.0.1:" + std::to_string(port) + " timeout 30 bash '" + path + "' 2>&1";
  Ran ran;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> block{};
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), pipe))
    ran.output.append(block.data(), got);
  ran.status = ::pclose(pipe);
  return ran;
}

// One branch through its life: voted, decided, commanded, confirmed.
void act_out_one_transaction(FakeCoordinator& coordinator) {
  struct Life {
    std::optional<txn::Vote> vote;
    bool decided = false;
    bool confirmed = false;
  };
  auto life = std::make_shared<Life>();
  coordinator.on_vote = [life](const txn::Vote& vote) {
    life->vote = vote;
    return txn::Answer{.verdict = Verdict::taken};
  };
  coordinator.on_commit = [life](const dispatch::Commit& commit, const dispatch::AnswerDone& done) {
    life->decided = life->vote && commit.named == std::vector{life->vote->preparation};
    done({.verdict = life->decided ? Verdict::committed : Verdict::rolled_back, .unfinished = 1});
  };
  coordinator.on_poll = [life](const dispatch::Poll& poll, const dispatch::PollDone& done) {
    dispatch::Polled polled{.clock_ms = 1, .term = Term(3), .commands = {}};
    if (life->decided && poll.session == life->vote->session) {
      polled.commands.push_back({txn::Action::commit, life->vote->xid, life->vote->preparation, "shop-db"});
    }
    done(polled);
  };
  coordinator.on_report = [life](txn::SessionNumber, const dispatch::Report& report) {
    life->confirmed =
        report.done && report.action == txn::Action::commit && report.preparation == life->vote->preparation;
  };
  coordinator.on_outcome = [life](const auto&, const auto&, auto) {
    return txn::Answer{.verdict = life->decided ? Verdict::committed : Verdict::open,
                       .unfinished = life->confirmed ? 0u : 1u};
  };
}

TEST(Walkthrough, TheReadmesTransactionCommits) {
  Front front;
  front.with(act_out_one_transaction);
  const Ran ran = run_shell(shell_in_readme(), front.port());
  const std::string xid = to_string(FakeCoordinator::some_xid());
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_EQ(ran.output,
            "{\"verdict\":\"taken\",\"reason\":\"none\",\"unfinished\":0}\n"
            "{\"verdict\":\"committed\",\"reason\":\"none\",\"unfinished\":1}\n"
            "{\"clock_ms\":1,\"term\":3,\"commands\":[{\"action\":\"commit\",\"xid\":\"" +
                xid +
                "\","
                "\"preparation\":{\"branch\":\"a\",\"nonce\":17},\"resource\":\"shop-db\",\"attempt\":1}]}\n"
                "{\"reports\":1}\n"
                "{\"verdict\":\"committed\",\"reason\":\"none\",\"unfinished\":0}\n");
}

TEST(Walkthrough, ALineThatFailsFailsTheWhole) {
  Front front;
  front.with([](FakeCoordinator& coordinator) {
    coordinator.on_open_session = [](const auto&) {
      return Failure{dispatch::Problem{
          .code = dispatch::Problem::Code::not_ready, .what = "nobody leads", .leader = {}}};
    };
    coordinator.on_begin = [](auto) {
      return Failure{dispatch::Problem{
          .code = dispatch::Problem::Code::not_ready, .what = "nobody leads", .leader = {}}};
    };
  });
  const Ran ran = run_shell("set -o pipefail\n" + shell_in_readme(), front.port());
  EXPECT_NE(ran.status, 0);
}

}  // namespace
}  // namespace vow::http
