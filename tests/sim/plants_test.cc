#include "tests/sim/plants.h"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>

namespace vow::sim {
namespace {

// Runs at the root of the repository.
std::set<std::string> planted_in(const std::string& folder) {
  const std::regex planted("VOW_PLANTED\\((\\w+)\\)");
  std::set<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.path().extension() != ".cc" && file.path().extension() != ".h") continue;
    if (file.path().filename() == "plant.h") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const std::string content = text.str();
    for (std::sregex_iterator each(content.begin(), content.end(), planted), end; each != end; ++each)
      names.insert((*each)[1]);
  }
  return names;
}

TEST(Plants, TheTableNamesEveryBugThatIsPlantedAndNoOther) {
  std::set<std::string> in_code = planted_in("coordinator");
  in_code.merge(planted_in("storage"));
  in_code.merge(planted_in("tests/sim/cell"));
  std::set<std::string> in_table;
  for (const Plant& plant : plants()) in_table.insert(plant.name);
  EXPECT_THAT(in_table, ::testing::ContainerEq(in_code));
  EXPECT_EQ(plants().size(), in_table.size()) << "a name is there twice";
}

TEST(Plants, EachSaysWhatIsWrong) {
  for (const Plant& plant : plants()) EXPECT_STRNE(plant.words, "") << plant.name;
}

}  // namespace
}  // namespace vow::sim
