#include "coordinator/cli/node_store.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "coordinator/dispatch/replica.h"
#include "coordinator/node/boot.h"
#include "tests/support/temporary_directory.h"

namespace vow::cli {
namespace {

namespace fs = std::filesystem;

class NodeStoreTest : public ::testing::Test {
 protected:
  std::string directory() const { return folder.path() + "/data"; }
  std::unique_ptr<NodeStore> open(std::uint64_t seed = 1) {
    auto store = NodeStore::open(directory(), Random(seed));
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().what);
    return store.ok() ? *std::move(store) : nullptr;
  }
  static raft::Configuration alone(NodeId node) { return {.voters = {node}}; }

  testing::TemporaryDirectory folder;
  dispatch::Replica replica;
};

TEST_F(NodeStoreTest, ANewDirectoryDrawsAnIdAndKeepsIt) {
  const NodeId drawn = open(1)->identity().node;
  EXPECT_FALSE(drawn.is_zero());
  EXPECT_EQ(open(2)->identity().node, drawn);
}

TEST_F(NodeStoreTest, TwoNewDirectoriesDrawDifferentIds) {
  const NodeId drawn = open(1)->identity().node;
  auto other = NodeStore::open(folder.path() + "/other", Random(2));
  ASSERT_TRUE(other.ok());
  EXPECT_NE((*other)->identity().node, drawn);
}

TEST_F(NodeStoreTest, OneProcessAtATime) {
  const auto held = open();
  EXPECT_FALSE(NodeStore::open(directory(), Random(1)).ok());
}

TEST_F(NodeStoreTest, WhatBeganIsFoundAgain) {
  replica.found({7, 3}, {});
  {
    const auto store = open();
    EXPECT_FALSE(store->has_cell());
    ASSERT_TRUE(store->begin(7, 3, replica, alone(store->identity().node)).ok());
  }
  const auto store = open();
  EXPECT_EQ(store->identity().cell, 7u);
  EXPECT_EQ(store->identity().incarnation, 3u);
  ASSERT_TRUE(store->open_log().ok());
  dispatch::Replica restored;
  const auto found = node::recover(store->log(), store->snapshots(), restored);
  ASSERT_TRUE(found.ok()) << found.error().what;
  EXPECT_EQ(found->configuration, alone(store->identity().node));
  EXPECT_EQ(restored.machine().digest(), replica.machine().digest());
}

TEST_F(NodeStoreTest, ABeginningThatWasInterruptedBeginsAnew) {
  replica.found({7, 3}, {});
  NodeIdentity before;
  {
    const auto store = open();
    before = store->identity();
    ASSERT_TRUE(store->begin(7, 3, replica, alone(before.node)).ok());
  }
  {  // as if the last step, to say which cell it belongs to, had not been reached
    auto disk = storage::PosixDisk::open_directory(directory());
    ASSERT_TRUE(disk.ok());
    ASSERT_TRUE(save_identity(**disk, before).ok());
  }
  const auto store = open();
  EXPECT_FALSE(store->has_cell());
  const auto begun = store->begin(9, 4, replica, alone(before.node));
  ASSERT_TRUE(begun.ok()) << begun.error().what;
  EXPECT_TRUE(store->open_log().ok());
}

TEST_F(NodeStoreTest, ALogWithoutAnIdentityIsRefused) {
  replica.found({7, 3}, {});
  ASSERT_TRUE(open()->begin(7, 3, replica, alone(NodeId(1))).ok());
  fs::remove(directory() + "/node");
  const auto store = NodeStore::open(directory(), Random(1));
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.error().what.find("is gone"), std::string::npos) << store.error().what;
}

TEST_F(NodeStoreTest, ADamagedIdentityIsRefused) {
  (void)open();
  std::ifstream in(directory() + "/node");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    std::ofstream(directory() + "/node") << damaged;
    EXPECT_FALSE(NodeStore::open(directory(), Random(1)).ok()) << "byte " << i;
  }
}

}  // namespace
}  // namespace vow::cli
