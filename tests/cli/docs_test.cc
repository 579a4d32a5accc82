// The pages that are made from the code say what the code says. After a wanted change, VOW_REWRITE_DOCS=1
// writes those parts again.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "coordinator/cli/reference.h"

namespace vow::cli {
namespace {

// Of `text`; empty at its end.
std::string first_line_that_differs(const std::string& text, const std::string& other) {
  std::istringstream lines(text);
  std::istringstream others(other);
  std::string line;
  std::string another;
  while (std::getline(lines, line)) {
    if (!std::getline(others, another) || line != another) return line;
  }
  return {};
}

void expect_page_holds(const std::string& path, const std::string& made) {
  const std::string full = std::string(VOW_SOURCE_DIR) + "/" + path;
  std::stringstream content;
  content << std::ifstream(full).rdbuf();
  const std::string page = content.str();
  const std::size_t begin = page.find('\n', page.find("<!-- begin: "));
  const std::size_t end = page.find("<!-- end -->");
  ASSERT_TRUE(begin < end && end != std::string::npos) << path << " has lost the marks of its made part";
  const std::string wanted = page.substr(0, begin + 1) + made + page.substr(end);
  if (std::getenv("VOW_REWRITE_DOCS") != nullptr)
    std::ofstream(full) << wanted;
  else if (page != wanted)
    ADD_FAILURE() << path << " is out of date: the code now says\n  " << first_line_that_differs(wanted, page)
                  << "\nwhere the page says\n  " << first_line_that_differs(page, wanted);
}

TEST(Docs, OfTheConfigurationHaveEveryKey) {
  expect_page_holds("docs/configuration.md", configuration_reference());
}

TEST(Docs, OfErrorsHaveEveryCode) { expect_page_holds("docs/errors.md", errors_reference()); }

}  // namespace
}  // namespace vow::cli
