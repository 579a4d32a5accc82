// Text in columns, for people; and text made fit for a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vow::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool is_empty() const { return rows_.size() == 1; }
  // One line for each row, the heads bold if `colour`. Cells are cleaned.
  [[nodiscard]] std::string text(bool colour) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Without control characters: what a participant reports must not steer the operator's terminal.
[[nodiscard]] std::string cleaned(std::string_view text);

}  // namespace vow::cli
