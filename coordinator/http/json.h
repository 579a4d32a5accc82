// JSON in and out, strictly: what a library would let pass is refused, what it would print wrongly is mended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <Poco/JSON/Object.h>

#include "coordinator/base/result.h"

namespace vow::http {

// The object that `text` is; an empty text is an empty object. The error is a sentence. Refused besides what
// is not JSON: a member that is there twice, whole numbers beyond 64 bits, and nesting deeper than any
// request's.
[[nodiscard]] Result<Poco::JSON::Object::Ptr, std::string> parse_object(std::string_view text);

// An object that keeps its members in the order in which they are put.
class JsonObject {
 public:
  JsonObject& put(const char* name, std::string_view text);
  JsonObject& put(const char* name, const char* text) { return put(name, std::string_view(text)); }
  JsonObject& put(const char* name, std::uint64_t number);
  JsonObject& put(const char* name, bool truth);
  JsonObject& put(const char* name, const JsonObject& object);
  JsonObject& put_null(const char* name);
  // One element for each of `items`, as `encode` makes it.
  template <class Items, class Encode>
  JsonObject& put_each(const char* name, const Items& items, Encode encode) {
    Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
    for (const auto& item : items) array->add(encode(item).object_);
    object_->set(name, array);
    return *this;
  }

  [[nodiscard]] std::string text() const;

 private:
  Poco::JSON::Object::Ptr object_ = new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER);
};

}  // namespace vow::http
