// The description of all routes, docs/openapi.json, as it was when this was built.
#pragma once

#include <string_view>

namespace vow::http {

extern const std::string_view openapi_json;

}  // namespace vow::http
