#include "coordinator/dispatch/requests.h"

namespace vow::dispatch {

std::string_view name(Problem::Code code) {
  switch (code) {
    case Problem::Code::ask_leader:
      return "ask_leader";
    case Problem::Code::not_ready:
      return "not_ready";
    case Problem::Code::overloaded:
      return "overloaded";
    case Problem::Code::invalid:
      return "invalid";
    case Problem::Code::no_session:
      return "no_session";
    case Problem::Code::not_found:
      return "not_found";
    case Problem::Code::unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace vow::dispatch
