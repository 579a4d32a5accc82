// The flags of a benchmark: "--name value", each with a default. Benchmarks share them, and what they say to
// what they do not know.
#pragma once

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include <fmt/format.h>

namespace vow::bench {

// For what has no place in a benchmark: says why, and ends.
[[noreturn]] inline void stop(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(2);
}

class Flags {
 public:
  // `values` by name, without dashes, as they are unless told otherwise. Ends the program if the arguments
  // are others.
  Flags(int count, char** arguments, std::map<std::string, std::string> values) : values_(std::move(values)) {
    values_.emplace("json", "");
    for (int i = 1; i < count; i += 2) {
      const std::string argument = arguments[i];
      const auto known = values_.find(argument.starts_with("--") ? argument.substr(2) : "");
      if (known == values_.end()) stop(fmt::format("unknown option {}; known: {}", argument, names()));
      if (i + 1 == count) stop(fmt::format("{} needs a value", argument));
      known->second = arguments[i + 1];
    }
  }

  [[nodiscard]] std::string text(const std::string& name) const { return values_.at(name); }
  // At least 1.
  [[nodiscard]] std::size_t count(const std::string& name) const {
    const std::size_t value = std::strtoull(values_.at(name).c_str(), nullptr, 10);
    if (value == 0) stop(fmt::format("--{} takes a number from 1", name));
    return value;
  }
  [[nodiscard]] double seconds() const {
    const double value = std::strtod(values_.at("seconds").c_str(), nullptr);
    if (!(value >= 1)) stop("--seconds takes a number from 1");
    return value;
  }

 private:
  [[nodiscard]] std::string names() const {
    std::string all;
    for (const auto& [name, value] : values_) all += (all.empty() ? "--" : " --") + name;
    return all;
  }

  std::map<std::string, std::string> values_;
};

// The last line of a benchmark, also to the file that --json names.
inline void finish(const std::string& line, const std::string& json_file) {
  if (!json_file.empty() && !(std::ofstream(json_file) << line << '\n').flush())
    stop("cannot write " + json_file);
  fmt::print("{}\n", line);
}

}  // namespace vow::bench
