// The page for users shows what is compiled and tested here.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Docs, ShowTheExampleAsItIs) {
  const std::string example = content("tests/sdk/testing/example_test.cc");
  ASSERT_FALSE(example.empty());
  EXPECT_NE(content("docs/testing.md").find("```cpp\n" + example + "```\n"), std::string::npos)
      << "docs/testing.md should show tests/sdk/testing/example_test.cc";
}

}  // namespace
