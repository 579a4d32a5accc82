// The catalogue behind `vow explain`: what a code means, why it happens, what to do.
//
// A code is never given to something else. Its number says where it comes from:
//
//   VOW-10xx  why a node or a command does not start
//   VOW-20xx  verdicts that need a word (txn::Verdict)
//   VOW-21xx  why a transaction was rolled back or a request refused (txn::Reason)
//   VOW-30xx  why a request was not carried out (dispatch::Problem)
//   VOW-40xx  what the command line itself runs into
//   VOW-50xx  what the participant SDK runs into by itself
//   VOW-51xx  why a participant's database cannot be used as it is set up
//   VOW-52xx  why work in a participant's database could not be done now
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "coordinator/dispatch/requests.h"
#include "coordinator/txn/answer.h"

namespace vow::cli {

struct Explanation {
  std::string_view chapter;
  std::string_view code;
  std::string_view name;  // as the API has it, or a few words
  std::string_view meaning;
  std::string_view why;
  std::string_view todo;
};

// In ascending order of codes.
[[nodiscard]] std::span<const Explanation> explanations();
// By code in any case, with or without `VOW-`, or by name; null if there is none.
[[nodiscard]] const Explanation* find_explanation(std::string_view code_or_name);

// Empty for what needs no explanation.
[[nodiscard]] std::string code_of(txn::Verdict verdict);
[[nodiscard]] std::string code_of(txn::Reason reason);
[[nodiscard]] std::string code_of(dispatch::Problem::Code problem);

}  // namespace vow::cli
