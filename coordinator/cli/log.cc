#include "coordinator/cli/log.h"

#include <glog/logging.h>

namespace vow::cli {
namespace {

google::LogSeverity severity(LogLevel level) {
  switch (level) {
    case LogLevel::info:
      return google::GLOG_INFO;
    case LogLevel::warning:
      return google::GLOG_WARNING;
    case LogLevel::error:
      return google::GLOG_ERROR;
  }
  return google::GLOG_INFO;
}

}  // namespace

void start_log(LogLevel least, const std::string& directory) {
  // glog aborts when it is started twice.
  static bool started = false;
  if (started) return;
  started = true;
  FLAGS_minloglevel = severity(least);
  FLAGS_logtostderr = directory.empty();
  FLAGS_log_dir = directory;
  FLAGS_colorlogtostderr = false;
  FLAGS_logbufsecs = 1;
  google::InitGoogleLogging("vow");
}

void log(LogLevel level, std::string_view message) {
  google::LogMessage("vow", 0, severity(level)).stream() << message;
}

void flush_log() { google::FlushLogFiles(google::GLOG_INFO); }

}  // namespace vow::cli
