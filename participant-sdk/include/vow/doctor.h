// Whether a resource's database can keep a vow, and how to mend it if not.
//
//   std::cerr << vow::to_text(vow::doctor(orders));
//
// It changes nothing. `vow doctor --db ...` says the same of a database that no program serves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vow/export.h"

namespace vow {

class resource;

// How grave it is.
enum class severity : std::uint8_t {
  blocks,  // a vote would be worth nothing, or no branch could work
  warns,   // it works, and something may be lost, refused or slow
  tells,   // worth knowing
};
[[nodiscard]] VOW_EXPORT std::string_view name(severity of);

// One thing that was found.
struct VOW_EXPORT finding {
  severity how = severity::tells;
  std::string code;    // "VOW-5114": `vow explain` says more
  std::string what;    // what is so
  std::string remedy;  // what to do, with the exact statement where there is one

  bool operator==(const finding&) const = default;
};

// What is found of its database, as it is now. Throws if the database cannot be asked.
[[nodiscard]] VOW_EXPORT std::vector<finding> doctor(resource& of);

// Two lines for each finding, the gravest first; of none: that all is well.
[[nodiscard]] VOW_EXPORT std::string to_text(std::vector<finding> found);

}  // namespace vow
