// Every script in scripts/ happens exactly as it is written there.
//
// After a wanted change of behaviour, VOW_REWRITE_SCRIPTS=1 writes them again; read the difference before you
// commit it.
#include "tests/raft/script.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace vow::raft {
namespace {

std::filesystem::path scripts() { return std::filesystem::path(VOW_SOURCE_DIR) / "tests/raft/scripts"; }

std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(scripts()))
    names.push_back(file.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Script : public testing::TestWithParam<std::string> {};

TEST_P(Script, HappensAsWritten) {
  const auto path = scripts() / (GetParam() + ".txt");
  std::stringstream written;
  written << std::ifstream(path).rdbuf();
  const std::string happened = run_script(written.str());
  if (std::getenv("VOW_REWRITE_SCRIPTS") != nullptr) {
    std::ofstream(path) << happened;
    return;
  }
  EXPECT_EQ(happened, written.str());
}

INSTANTIATE_TEST_SUITE_P(Raft, Script, testing::ValuesIn(script_names()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace vow::raft
