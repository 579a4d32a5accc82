// The test of the tests: with each planted mistake switched on, some law is broken, and its shortest way is
// told.
#include <filesystem>
#include <fstream>
#include <ostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "tests/explore/plants.h"
#include "tests/explore/search.h"

namespace vow::explore {

void PrintTo(const Plant& plant, std::ostream* out) { *out << plant.name; }

namespace {

class Planted : public ::testing::TestWithParam<Plant> {
 protected:
  Planted() { make_checks_throw(); }
  ~Planted() override { plant::active = nullptr; }
};

TEST_P(Planted, IsFoundByAShortestWay) {
  plant::active = GetParam().name;
  for (const Scope& scope : quick_scopes()) {
    const Explored explored = explore(scope, {});
    if (!explored.finding) continue;
    fmt::print("{}\n", GetParam().words);
    for (const std::string& step : explored.finding->steps) fmt::print("  {}\n", step);
    fmt::print("{}\n", explored.finding->law);
    EXPECT_FALSE(explored.finding->steps.empty());
    return;
  }
  ADD_FAILURE() << "not in any of the small scopes: " << GetParam().words;
}

INSTANTIATE_TEST_SUITE_P(Plants, Planted, ::testing::ValuesIn(plants().begin(), plants().end()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(PlantedNone, WithoutAMistakeSwitchedOnNothingIsFound) {
  make_checks_throw();
  for (const Scope& scope : quick_scopes()) EXPECT_FALSE(explore(scope, {}).finding) << scope.name;
}

// Runs at the root of the repository.
std::set<std::string> planted_in(const std::string& folder) {
  const std::regex planted("VOW_PLANTED\\((\\w+)\\)");
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".cc" && file.path().extension() != ".h") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const std::string content = text.str();
    for (std::sregex_iterator each(content.begin(), content.end(), planted), end; each != end; ++each)
      names.insert((*each)[1]);
  }
  return names;
}

TEST(ThePlants, AreThoseOfTheTransactionsAndOfThisModelAndNoOther) {
  std::set<std::string> in_code = planted_in("coordinator/txn");
  in_code.merge(planted_in("tests/explore"));
  std::set<std::string> in_table;
  for (const Plant& plant : plants()) in_table.insert(plant.name);
  EXPECT_THAT(in_table, ::testing::ContainerEq(in_code));
  EXPECT_EQ(plants().size(), in_table.size()) << "a name is there twice";
}

}  // namespace
}  // namespace vow::explore
