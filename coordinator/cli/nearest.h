// The word that somebody probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vow::cli {

// How many insertions, removals and replacements of characters lie between the two.
[[nodiscard]] std::size_t edits_between(std::string_view a, std::string_view b);

// The candidate that the fewest edits make of `word`; the first of several. Empty if there is no candidate.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace vow::cli
