// How each service uses the SDK: as its environment says, and with what the SDK has to tell on standard
// error, a line each.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <vow/client.h>

namespace shop {

inline vow::client_options client_options() {
  vow::client_options options = vow::client_options::from_env();
  options.log = [](vow::log_level level, std::string_view message) {
    if (level == vow::log_level::debug) return;
    const std::string line = std::string(vow::name(level)) + ": " + std::string(message) + "\n";
    std::fputs(line.c_str(), stderr);
  };
  return options;
}

}  // namespace shop
