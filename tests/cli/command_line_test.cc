// What can be typed, and what is said of what cannot.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/terminal.h"
#include "tests/support/temporary_directory.h"

namespace vow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using vow::testing::TemporaryDirectory;

TEST(CommandLine, EveryVerbHasHelpWithAnExample) {
  const std::vector<std::vector<std::string>> verbs{{"serve"},
                                                    {"tx", "list"},
                                                    {"tx", "show"},
                                                    {"tx", "watch"},
                                                    {"tx", "retry"},
                                                    {"tx", "resolve"},
                                                    {"cluster", "status"},
                                                    {"cluster", "add"},
                                                    {"cluster", "remove"},
                                                    {"cluster", "promote"},
                                                    {"cluster", "transfer"},
                                                    {"participants"},
                                                    {"check", "perf"},
                                                    {"config", "print"},
                                                    {"config", "validate"},
                                                    {"explain"},
                                                    {"version"},
                                                    {"completion"}};
  for (std::vector<std::string> verb : verbs) {
    std::string name = "vow";
    for (const std::string& word : verb) name += " " + word;
    verb.emplace_back("--help");
    const Said said = vow_says(verb);
    EXPECT_EQ(said.exit, Exit::ok) << name;
    EXPECT_THAT(said.out, AllOf(HasSubstr("Usage: " + name), HasSubstr("Example:\n  "))) << name;
  }
}

TEST(CommandLine, HelpListsTheVerbs) {
  EXPECT_THAT(vow_says({"--help"}).out, AllOf(HasSubstr("participants"), HasSubstr("Exit status: 0 ok")));
  EXPECT_THAT(vow_says({"tx", "--help"}).out, HasSubstr("resolve"));
}

TEST(CommandLine, WhatIsMisspeltIsSuggested) {
  EXPECT_THAT(vow_says({"clutser"}).err, AllOf(HasSubstr("'clutser'"), HasSubstr("Did you mean cluster?")));
  EXPECT_THAT(vow_says({"tx", "lst"}).err, HasSubstr("Did you mean list?"));
  EXPECT_THAT(vow_says({"tx", "list", "--stat=x"}).err, HasSubstr("Did you mean --state?"));
  EXPECT_THAT(vow_says({"serve", "--client.threds", "2"}).err, HasSubstr("Did you mean --client.threads?"));
  EXPECT_EQ(vow_says({"clutser"}).exit, Exit::error);
}

TEST(CommandLine, WhatIsMissingIsNamed) {
  EXPECT_THAT(vow_says({}).err, HasSubstr("There are: serve, tx"));
  EXPECT_THAT(vow_says({"tx", "show"}).err, HasSubstr("xid is required"));
  EXPECT_THAT(vow_says({"version", "-o", "xml"}).err, HasSubstr("table or json, not 'xml'"));
  EXPECT_THAT(vow_says({"tx", "list", "--at", "nowhere"}).err,
              AllOf(HasSubstr("'nowhere'"), HasSubstr("(--at)")));
  EXPECT_THAT(vow_says({"tx", "list"}, {{"VOW_AT", "a:b"}}).err,
              AllOf(HasSubstr("'a:b'"), HasSubstr("(VOW_AT)")));
}

TEST(CommandLine, ErrorsGoToStandardErrorAlone) {
  const Said said = vow_says({"explain", "VOW-9999"});
  EXPECT_THAT(said.out, IsEmpty());
  EXPECT_THAT(said.err, StartsWith("vow: there is no code 'VOW-9999'"));
  EXPECT_EQ(said.exit, Exit::error);
}

TEST(Explain, IsForPeopleOrForPrograms) {
  EXPECT_THAT(vow_says({"explain", "VOW-2103"}).out,
              AllOf(StartsWith("VOW-2103 vote_refused\n"), HasSubstr("Why: "), HasSubstr("What to do: ")));
  EXPECT_THAT(vow_says({"explain", "2103", "-o", "json"}).out, HasSubstr("\"code\": \"VOW-2103\""));
  EXPECT_THAT(vow_says({"explain"}).out, AllOf(HasSubstr("VOW-1001"), HasSubstr("VOW-4001")));
}

TEST(Version, IsTheProjects) {
  EXPECT_THAT(vow_says({"version"}).out, ::testing::MatchesRegex("vow [0-9.]+, records of version [0-9]+\n"));
}

TEST(Colour, IsUsedOnlyWhereAsked) {
  EXPECT_THAT(vow_says({"explain"}, {}, true).out, HasSubstr("\x1b["));
  EXPECT_THAT(vow_says({"explain"}, {}, false).out, Not(HasSubstr("\x1b[")));
}

class Serve : public ::testing::Test {
 protected:
  std::string file(const std::string& content) {
    std::string path = directory_.path() + "/vow.toml";
    std::ofstream(path) << content;
    return path;
  }

  TemporaryDirectory directory_;
};

TEST_F(Serve, TakesFlagOverVariableOverFile) {
  const std::string path =
      file("node.data = /data\nclient.threads = 3\nhttp.threads = 50\nraft.tick = 20ms\n");
  const Said said = vow_says({"serve", "--config", path, "--client.threads", "7"},
                             {{"VOW_CLIENT_THREADS", "6"}, {"VOW_HTTP_THREADS", "60"}});
  ASSERT_THAT(said.served, SizeIs(1)) << said.err;
  EXPECT_EQ(said.served[0].client.threads, 7u);
  EXPECT_EQ(said.served[0].http.threads, 60u);
  EXPECT_EQ(said.served[0].raft.tick_ms, 20u);
  EXPECT_FALSE(said.served[0].dev);
}

TEST_F(Serve, FindsItsFileByAVariableToo) {
  const Said said = vow_says({"serve"}, {{"VOW_CONFIG", file("node.data = /data\n")}});
  ASSERT_THAT(said.served, SizeIs(1)) << said.err;
  EXPECT_EQ(said.served[0].node.data, "/data");
}

TEST_F(Serve, DoesNotStartWithoutADataDirectory) {
  const Said said = vow_says({"serve"});
  EXPECT_THAT(said.served, IsEmpty());
  EXPECT_THAT(said.err, AllOf(HasSubstr("node.data is not set"), HasSubstr("VOW-1005")));
}

TEST_F(Serve, ForDevelopersKeepsItsDataHere) {
  ASSERT_THAT(vow_says({"serve", "--dev"}).served, SizeIs(1));
  EXPECT_EQ(vow_says({"serve", "--dev"}).served[0].node.data, ".vow-dev");
  EXPECT_TRUE(vow_says({"serve", "--dev"}).served[0].dev);
  EXPECT_EQ(vow_says({"serve", "--dev", "--node.data", "/data"}).served[0].node.data, "/data");
}

TEST_F(Serve, GivesResourcesTheirPolicies) {
  const Said said =
      vow_says({"serve", "--dev", "--delivery.policy", "random", "--delivery.policy", "a-db=weighted"});
  ASSERT_THAT(said.served, SizeIs(1)) << said.err;
  EXPECT_EQ(said.served[0].delivery.policy, "random");
  EXPECT_EQ(said.served[0].delivery.policy_of.at("a-db"), "weighted");
}

TEST_F(Serve, SaysAllThatIsWrongWithItsConfiguration) {
  const std::string path = file("node.data = /data\nclient.thread = 3\nnonsense\n");
  const Said said = vow_says({"serve", "--config", path, "--raft.tick", "50"}, {{"VOW_LOG_LEVEL", "loud"}});
  EXPECT_THAT(said.served, IsEmpty());
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.err,
              AllOf(HasSubstr(path + ":2"), HasSubstr("Did you mean client.threads?"), HasSubstr(path + ":3"),
                    HasSubstr("(VOW_LOG_LEVEL)"), HasSubstr("(--raft.tick)")));
}

TEST_F(Serve, NamesAFileThatIsNotThere) {
  EXPECT_THAT(vow_says({"serve", "--config", "/no/such.toml"}).err, HasSubstr("/no/such.toml"));
}

TEST_F(Serve, ConfigPrintShowsWhatItWouldTake) {
  const std::string path = file("client.threads = 3\n");
  const Said said = vow_says({"config", "print", "--origin", "--config", path, "--http.threads", "90"});
  EXPECT_THAT(said.out, AllOf(::testing::ContainsRegex("client.threads +3 +" + path + ":1\n"),
                              ::testing::ContainsRegex("http.threads +90 +--http.threads\n"),
                              ::testing::ContainsRegex("raft.tick +50ms +default\n")));
  EXPECT_THAT(vow_says({"config", "print"}).out, Not(HasSubstr("ORIGIN")));
  EXPECT_THAT(vow_says({"config", "print", "-o", "json"}).out, HasSubstr("\"origin\": \"default\""));
}

TEST_F(Serve, ConfigValidateStartsNothing) {
  const Said good = vow_says({"config", "validate", file("client.threads = 3\n")});
  EXPECT_EQ(good.exit, Exit::ok);
  EXPECT_THAT(good.out, HasSubstr("1 settings, all allowed"));
  const Said bad = vow_says({"config", "validate", file("client.threads = 300\n")});
  EXPECT_EQ(bad.exit, Exit::error);
  EXPECT_THAT(bad.err, HasSubstr("1 to 64"));
}

TEST(Completion, KnowsVerbsAndFlags) {
  const std::string script = vow_says({"completion", "bash"}).out;
  EXPECT_THAT(script,
              AllOf(HasSubstr("'tx') words='list show watch retry resolve"),
                    HasSubstr("'cluster add') words='"), HasSubstr("complete -o default -F _vow vow")));
  EXPECT_THAT(vow_says({"completion", "zsh"}).out, StartsWith("#compdef vow\n"));
  EXPECT_THAT(vow_says({"completion", "fish"}).err, HasSubstr("bash or zsh"));
}

}  // namespace
}  // namespace vow::cli
