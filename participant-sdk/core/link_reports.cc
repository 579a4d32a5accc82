// Telling the coordinator what has been ended here: at once, or together with others after the last ones.
// What is lost does no harm: the command comes again.
#include <utility>

#include "participant-sdk/core/link.h"

namespace vow::sdk {

void Link::report(wire::Report report) {
  std::shared_ptr<Line> line;
  {
    const std::lock_guard lock(mutex_);
    reports_.push_back(std::move(report));
    if (reporting_ || !line_) return;
    if (clock_.now() < report_again_) {
      if (reports_.size() == 1) changed_.notify_all();  // the thread sees to it
      return;
    }
    line = line_;
  }
  send_reports(*line);
}

void Link::send_reports(Line& line) {
  {
    const std::lock_guard lock(mutex_);
    if (reports_.empty() || std::exchange(reporting_, true)) return;
  }
  send_all_reports(line);
}

void Link::send_all_reports(Line& line) {
  std::vector<wire::Report> reports;
  {
    const std::lock_guard lock(mutex_);
    reports.swap(reports_);
    report_again_ = clock_.now() + gathering;
  }
  if (reports.empty()) return;
  line.client().report(line.session(), reports, options_.call_timeout, [this](const auto&) {
    {
      const std::lock_guard lock(mutex_);
      reporting_ = false;
      if (reports_.empty()) return;
    }
    changed_.notify_all();
  });
}

}  // namespace vow::sdk
