#include <algorithm>
#include <array>

#include "coordinator/http/endpoints.h"

namespace vow::http {
namespace {

constexpr std::array table{
    Route{"GET", "/livez", Kind::health, livez},
    Route{"GET", "/readyz", Kind::health, readyz},
    Route{"GET", "/metrics", Kind::health, metrics},
    Route{"GET", "/v1/openapi.json", Kind::quick, openapi},

    Route{"GET", "/v1/transactions", Kind::quick, list_transactions},
    Route{"POST", "/v1/transactions", Kind::quick, begin_transaction},
    Route{"GET", "/v1/transactions/{xid}", Kind::quick, show_transaction},
    Route{"POST", "/v1/transactions/{xid}/votes", Kind::quick, vote},
    Route{"POST", "/v1/transactions/{xid}/enlistments", Kind::quick, enlist},
    Route{"POST", "/v1/transactions/{xid}/commit", Kind::waits, commit},
    Route{"POST", "/v1/transactions/{xid}/rollback", Kind::waits, rollback},
    Route{"GET", "/v1/transactions/{xid}/outcome", Kind::quick, outcome},
    Route{"POST", "/v1/transactions/{xid}/retry", Kind::quick, retry},
    Route{"POST", "/v1/transactions/{xid}/branches/{branch}/force", Kind::waits, force},

    Route{"GET", "/v1/sessions", Kind::quick, list_sessions},
    Route{"POST", "/v1/sessions", Kind::quick, open_session},
    Route{"DELETE", "/v1/sessions/{session}", Kind::quick, close_session},
    Route{"POST", "/v1/sessions/{session}/poll", Kind::polls, poll},
    Route{"POST", "/v1/sessions/{session}/reports", Kind::quick, report},
    Route{"GET", "/v1/resources", Kind::quick, list_resources},

    Route{"GET", "/v1/cluster", Kind::quick, show_cluster},
    Route{"POST", "/v1/cluster/members", Kind::waits, add_member},
    Route{"POST", "/v1/cluster/members/{node}/promote", Kind::waits, promote_member},
    Route{"DELETE", "/v1/cluster/members/{node}", Kind::waits, remove_member},
    Route{"POST", "/v1/cluster/transfer", Kind::quick, transfer_leadership},
};

// Whether the path has the pattern's form; then what stands for its {names} is put to `captured`.
bool matches(std::string_view pattern, const std::vector<std::string>& segments,
             std::vector<std::string>& captured) {
  captured.clear();
  for (const std::string& segment : segments) {
    if (pattern.empty()) return false;
    pattern.remove_prefix(1);
    const std::string_view part = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(part.size());
    if (part.starts_with('{')) {
      captured.push_back(segment);
    } else if (part != segment) {
      return false;
    }
  }
  return pattern.empty();
}

}  // namespace

std::span<const Route> routes() { return table; }

Found find_route(std::string_view method, const std::vector<std::string>& segments) {
  Found found;
  std::vector<std::string> captured;
  for (const Route& route : table) {
    if (!matches(route.pattern, segments, captured)) continue;
    found.allowed += (found.allowed.empty() ? "" : ", ") + std::string(route.method);
    // Whoever may GET may ask for the HEAD of it.
    if (route.method == method || (method == "HEAD" && route.method == "GET")) {
      found.route = &route;
      found.captured = captured;
    }
  }
  return found;
}

}  // namespace vow::http
