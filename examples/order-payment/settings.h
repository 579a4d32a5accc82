// What a service is told by its environment.
#pragma once

#include <cstdlib>
#include <string>

namespace shop {

inline std::string setting(const char* name, const std::string& otherwise) {
  const char* const is = std::getenv(name);
  return is == nullptr || *is == 0 ? otherwise : is;
}

}  // namespace shop
