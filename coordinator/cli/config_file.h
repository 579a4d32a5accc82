// The form of the configuration file: lines of `key = value`, TOML-like.
//
//   # a comment
//   node.data = "/var/lib/vow"     # a dotted key; quotes are needed only around blanks and #
//   [client]                       # a section: what follows is client.…
//   listen = 0.0.0.0:7400
//   [cluster]
//   initial = ["a:7401", "b:7401", "c:7401"]     # as is a:7401,b:7401,c:7401
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/cli/complaint.h"

namespace vow::cli {

// One setting as somebody wrote it.
struct Given {
  std::string key;
  std::string value;
  std::string origin;  // "vow.toml:3", "VOW_CLIENT_LISTEN", "--client.listen"

  bool operator==(const Given&) const = default;
};

struct ParsedFile {
  std::vector<Given> given;
  std::vector<Complaint> complaints;  // lines that are none of the above, and keys given twice
};

[[nodiscard]] ParsedFile parse_config_file(std::string_view text, std::string_view path);

}  // namespace vow::cli
