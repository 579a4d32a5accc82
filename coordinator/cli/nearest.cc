#include "coordinator/cli/nearest.h"

#include <algorithm>
#include <numeric>

namespace vow::cli {

std::size_t edits_between(std::string_view a, std::string_view b) {
  // One row of the table of distances between the beginnings of both.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const auto best =
      std::min_element(candidates.begin(), candidates.end(), [&](const auto& left, const auto& right) {
        return edits_between(word, left) < edits_between(word, right);
      });
  return best == candidates.end() ? std::string() : *best;
}

}  // namespace vow::cli
