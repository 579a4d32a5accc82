// Which value is in force, and what is said of those that cannot be.
#include "coordinator/cli/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/cli/config_keys.h"

namespace vow::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

ServeConfig config_of(const std::vector<Given>& given) {
  const auto effective = resolve(given);
  EXPECT_TRUE(effective.ok()) << (effective.ok() ? "" : to_string(effective.error().front()));
  return effective.ok() ? effective->config : ServeConfig{};
}

// Everything that is said, as it is shown.
std::string refusal_of(const std::vector<Given>& given) {
  const auto effective = resolve(given);
  if (effective.ok()) return "(taken)";
  std::string text;
  for (const Complaint& complaint : effective.error()) text += to_string(complaint) + "\n";
  return text;
}

Setting setting_of(const std::vector<Given>& given, const std::string& key) {
  const auto effective = resolve(given);
  for (const Setting& setting : effective->settings) {
    if (setting.key == key) return setting;
  }
  return {};
}

const Given in_file{"client.threads", "3", "vow.toml:7"};
const Given in_variable{"client.threads", "4", "VOW_CLIENT_THREADS"};
const Given in_flag{"client.threads", "5", "--client.threads"};

TEST(Config, AFlagOutweighsAVariableOutweighsTheFileOutweighsTheDefault) {
  EXPECT_EQ(config_of({}).client.threads, 2u);
  EXPECT_EQ(config_of({in_file}).client.threads, 3u);
  EXPECT_EQ(config_of({in_file, in_variable}).client.threads, 4u);
  EXPECT_EQ(config_of({in_file, in_variable, in_flag}).client.threads, 5u);
}

TEST(Config, SaysWhereEachValueComesFrom) {
  EXPECT_EQ(setting_of({}, "client.threads").origin, "default");
  EXPECT_EQ(setting_of({in_file}, "client.threads").origin, "vow.toml:7");
  EXPECT_EQ(setting_of({in_file, in_variable}, "client.threads").origin, "VOW_CLIENT_THREADS");
  EXPECT_THAT(resolve({})->settings, SizeIs(config_keys().size()));
}

TEST(Config, DefaultsAreAllowedAndListenOnLoopbackOnly) {
  const ServeConfig config = config_of({});
  EXPECT_EQ(config.client.listen, (Endpoint{"127.0.0.1", 7400}));
  EXPECT_EQ(config.peer.listen, (Endpoint{"127.0.0.1", 7401}));
  EXPECT_EQ(config.http.listen, (Endpoint{"127.0.0.1", 7480}));
  EXPECT_EQ(config.transactions.timeout_max_ms, 24u * 3600 * 1000);
  EXPECT_EQ(config.memory.committed_bits_bytes, 64u << 20);
  EXPECT_THAT(config.cluster.initial, IsEmpty());
}

TEST(Config, WhatIsAdvertisedIsWhatIsListenedOnUnlessTold) {
  EXPECT_EQ(config_of({{"peer.listen", "10.0.0.1:1", "f:1"}}).peer.advertise, (Endpoint{"10.0.0.1", 1}));
  EXPECT_EQ(config_of({{"peer.advertise", "a:2", "f:1"}}).peer.advertise, (Endpoint{"a", 2}));
}

TEST(Config, EveryKeyReachesAMemberOfItsOwn) {
  std::set<const void*> members;
  ServeConfig config;
  for (const Key& key : config_keys()) {
    const Target target = key.target(config);
    members.insert(std::visit([](auto* member) -> const void* { return member; }, target));
    EXPECT_FALSE(key.help.empty()) << key.name;
  }
  EXPECT_THAT(members, SizeIs(config_keys().size()));
}

TEST(Config, AnUnknownKeySuggestsTheNearest) {
  EXPECT_THAT(
      refusal_of({{"client.lisen", "a:1", "vow.toml:3"}}),
      AllOf(HasSubstr("client.lisen"), HasSubstr("(vow.toml:3)"), HasSubstr("Did you mean client.listen?")));
}

TEST(Config, AValueOutOfBoundsNamesKeyOriginValueAndWhatIsAllowed) {
  EXPECT_THAT(refusal_of({{"client.threads", "65", "VOW_CLIENT_THREADS"}}),
              AllOf(HasSubstr("client.threads"), HasSubstr("'65'"), HasSubstr("(VOW_CLIENT_THREADS)"),
                    HasSubstr("1 to 64")));
  EXPECT_THAT(refusal_of({{"raft.tick", "50", "vow.toml:1"}}), HasSubstr("250ms"));
  EXPECT_THAT(refusal_of({{"delivery.policy", "fastest", "f:1"}}), HasSubstr("least_latency"));
  EXPECT_THAT(refusal_of({{"cluster.join", "yes", "f:1"}}), HasSubstr("true or false"));
  EXPECT_THAT(refusal_of({{"client.listen", "", "f:1"}}), HasSubstr("an address"));
}

TEST(Config, BoundsAreAllowedThemselves) {
  EXPECT_EQ(config_of({{"client.threads", "64", "f:1"}}).client.threads, 64u);
  EXPECT_EQ(config_of({{"client.threads", "1", "f:1"}}).client.threads, 1u);
}

TEST(Config, AllThatIsWrongIsSaidAtOnce) {
  EXPECT_THAT(
      resolve({{"a.b", "1", "f:1"}, {"client.threads", "0", "f:2"}, {"log.level", "loud", "f:3"}}).error(),
      SizeIs(3));
}

TEST(Config, AResourceMayHaveItsOwnPolicy) {
  const ServeConfig config = config_of({{"delivery.policy.payments-db", "weighted", "f:1"}});
  EXPECT_EQ(config.delivery.policy, "round_robin");
  EXPECT_THAT(config.delivery.policy_of, ElementsAre(Pair("payments-db", "weighted")));
  EXPECT_THAT(refusal_of({{"delivery.policy.payments-db", "fair", "f:1"}}),
              HasSubstr("payments-db cannot be 'fair'"));
}

TEST(Config, AFounderIsInItsOwnList) {
  const Given initial{"cluster.initial", "a:7401,b:7401,c:7401", "f:1"};
  EXPECT_THAT(refusal_of({initial}), HasSubstr("does not name this node"));
  EXPECT_THAT(config_of({initial, {"peer.advertise", "b:7401", "f:2"}}).cluster.initial, SizeIs(3));
}

TEST(Config, AMemberThatListensEverywhereSaysWhereItIsReached) {
  const Given join{"cluster.join", "true", "f:1"};
  const Given everywhere{"http.listen", "0.0.0.0:7480", "f:2"};
  EXPECT_THAT(refusal_of({join, everywhere}), HasSubstr("http.advertise is not set"));
  EXPECT_TRUE(resolve({join, everywhere, {"http.advertise", "a:7480", "f:3"}}).ok());
  EXPECT_TRUE(resolve({everywhere}).ok()) << "a single node has nobody to tell";
}

TEST(Config, SettingsThatContradictEachOtherAreRefused) {
  EXPECT_THAT(refusal_of({{"raft.heartbeat_ticks", "5", "f:1"}}), HasSubstr("raft.election_ticks"));
  EXPECT_THAT(refusal_of({{"transactions.timeout_max", "30s", "f:1"}}), HasSubstr("timeout_default"));
  EXPECT_THAT(refusal_of({{"cluster.join", "true", "f:1"}, {"cluster.initial", "127.0.0.1:7401", "f:2"}}),
              HasSubstr("exclude each other"));
}

TEST(Variables, AreNamedAfterTheirKeys) {
  const ParsedFile parsed = given_by({{"VOW_CLIENT_LISTEN", "a:1"}, {"PATH", "/bin"}});
  EXPECT_THAT(parsed.given, ElementsAre(Given{"client.listen", "a:1", "VOW_CLIENT_LISTEN"}));
  EXPECT_THAT(parsed.complaints, IsEmpty());
}

TEST(Variables, ThatLookLikeOursAndAreNotAreRefused) {
  EXPECT_THAT(given_by({{"VOW_CLIENT_LISTNE", "a:1"}}).complaints, SizeIs(1));
  EXPECT_THAT(given_by({{"VOW_NODE_DTA", "/x"}}).complaints.at(0).todo, HasSubstr("VOW_NODE_DATA"));
  EXPECT_THAT(given_by({{"VOW_CLEINT_THREADS", "2"}}).complaints, SizeIs(1));
}

TEST(Variables, OfOthersAreLeftAlone) {
  EXPECT_THAT(given_by({{"VOW_AT", "a:1"},
                        {"VOW_SERVICE_HOST", "10.0.0.1"},
                        {"VOW_CLIENT_SERVICE_HOST", "10.0.0.1"},
                        {"VOW_CLIENT_SERVICE_PORT", "7400"},
                        {"VOW_CLIENT_PORT", "tcp://10.0.0.1:7400"},
                        {"VOW_CLIENT_PORT_7400_TCP_ADDR", "10.0.0.1"},
                        {"VOW_REWRITE_DOCS", "1"}})
                  .complaints,
              IsEmpty());
}

}  // namespace
}  // namespace vow::cli
