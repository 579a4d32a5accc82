#include "participant-sdk/testing/faults.h"

#include <utility>

namespace vow::testing {

void Faults::plan(std::variant<Crash, Disturbance> what, const where& which) {
  const std::lock_guard lock(mutex_);
  planned_.push_back({what, which});
}

std::size_t Faults::left() const {
  const std::lock_guard lock(mutex_);
  return planned_.size();
}

template <class Fits>
std::optional<Faults::Planned> Faults::take(const std::string& process, const std::string& resource,
                                            Fits fits) {
  const std::lock_guard lock(mutex_);
  auto due = planned_.end();
  for (auto at = planned_.begin(); at != planned_.end(); ++at) {
    const bool is_here = (at->which.process.empty() || at->which.process == process) &&
                         (at->which.resource.empty() || at->which.resource == resource);
    if (!is_here || !fits(at->what)) continue;
    if (at->which.nth > 1) {
      --at->which.nth;
    } else if (due == planned_.end()) {
      due = at;
    }
  }
  if (due == planned_.end()) return std::nullopt;
  Planned struck = std::move(*due);
  planned_.erase(due);
  return struck;
}

bool Faults::strikes(const std::string& process, step at, sdk::Edge edge, const std::string& resource) {
  return take(process, resource,
              [&](const auto& what) {
                const Crash* crash = std::get_if<Crash>(&what);
                return crash != nullptr && crash->at == at && crash->edge == edge;
              })
      .has_value();
}

std::optional<Passage> Faults::strikes(const std::string& process, request what) {
  const auto due = take(process, {}, [&](const auto& planned) {
    const Disturbance* disturbance = std::get_if<Disturbance>(&planned);
    return disturbance != nullptr && disturbance->what == what;
  });
  if (!due) return std::nullopt;
  return std::get<Disturbance>(due->what).passage;
}

}  // namespace vow::testing
