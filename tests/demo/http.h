// Requests as a customer, or a person who looks, sends them.
#pragma once

#include <cstdint>
#include <string>

#include <Poco/JSON/Object.h>

namespace vow::demo::http {

struct Answer {
  int status = 0;  // 0: there was none
  std::string body;

  // Empty if it is none.
  [[nodiscard]] Poco::JSON::Object json() const;
};

[[nodiscard]] Answer get(std::uint16_t port, const std::string& path);
[[nodiscard]] Answer send(const std::string& method, std::uint16_t port, const std::string& path,
                          const std::string& body);

}  // namespace vow::demo::http
