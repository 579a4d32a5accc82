#include "vow/error.h"

#include <utility>

namespace vow {
namespace {

std::string message_of(const error::facts& about) {
  std::string text = about.code + ": " + about.what;
  if (!about.xid.empty()) text += " [" + about.xid + "]";
  if (!about.hint.empty()) text += "; " + about.hint;
  return text;
}

}  // namespace

error::error(facts about)
    : std::runtime_error(message_of(about)), facts_(std::make_shared<const facts>(std::move(about))) {}

}  // namespace vow
