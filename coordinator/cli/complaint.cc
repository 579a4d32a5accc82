#include "coordinator/cli/complaint.h"

#include <fmt/format.h>

namespace vow::cli {

std::string to_string(const Complaint& complaint) {
  std::string text = "vow: " + complaint.what;
  if (!complaint.where.empty()) text += fmt::format(" ({})", complaint.where);
  if (!complaint.why.empty()) text += ": " + complaint.why;
  if (!complaint.todo.empty()) text += "\n  " + complaint.todo;
  if (!complaint.code.empty()) text += fmt::format("\n  More: vow explain {}", complaint.code);
  return text;
}

}  // namespace vow::cli
