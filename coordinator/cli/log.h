// The server's log, for operators: the one place that knows glog.
#pragma once

#include <string>
#include <string_view>

namespace vow::cli {

enum class LogLevel { info, warning, error };

// Once, before the first message. `directory` empty: to standard error.
void start_log(LogLevel least, const std::string& directory);
void log(LogLevel level, std::string_view message);
// What is still buffered reaches the file.
void flush_log();

}  // namespace vow::cli
