#include "coordinator/http/json.h"

#include <set>
#include <sstream>
#include <vector>

#include <Poco/Exception.h>
#include <Poco/JSON/JSONException.h>
#include <Poco/JSON/ParseHandler.h>
#include <Poco/JSON/Parser.h>
#include <fmt/format.h>

#include "coordinator/http/text.h"

namespace vow::http {
namespace {

constexpr std::size_t depth_max = 16;

// The parser itself keeps the last of several members of one name: a careful reader and this server could
// then understand two different things.
class StrictHandler final : public Poco::JSON::ParseHandler {
 public:
  void startObject() override {
    names_.emplace_back();
    ParseHandler::startObject();
  }
  void endObject() override {
    names_.pop_back();
    ParseHandler::endObject();
  }
  void key(const std::string& name) override {
    if (!names_.back().insert(name).second) {
      throw Poco::JSON::JSONException(fmt::format("the field {} is there twice", quoted(name)));
    }
    ParseHandler::key(name);
  }

 private:
  std::vector<std::set<std::string>> names_;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of the first number outside of strings with more digits than 64 bits can hold. The parser takes 2^64 for 0.
std::string_view find_too_large_number(std::string_view text) {
  constexpr std::string_view largest = "18446744073709551615";
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && is_digit(text[i])) {
      std::size_t end = i;
      while (end < text.size() && is_digit(text[end])) ++end;
      const std::string_view digits = text.substr(i, end - i);
      if (digits.size() > largest.size() || (digits.size() == largest.size() && digits > largest)) {
        return digits;
      }
      i = end - 1;
    }
  }
  return {};
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

Result<Poco::JSON::Object::Ptr, std::string> parse_object(std::string_view text) {
  if (is_blank(text)) return Poco::JSON::Object::Ptr(new Poco::JSON::Object);
  const std::string_view too_large = find_too_large_number(text);
  if (!too_large.empty()) {
    return Failure{fmt::format("the body holds the number {}, which is larger than any that is expected here",
                               quoted(too_large))};
  }
  if (text.find('\0') != std::string_view::npos) {
    return Failure{std::string("the body is not valid JSON: it holds a zero byte")};
  }
  try {
    Poco::JSON::Handler::Ptr handler = new StrictHandler;
    Poco::JSON::Parser parser(handler);
    parser.setDepth(depth_max);
    const Poco::Dynamic::Var parsed = parser.parse(std::string(text));
    if (parsed.type() == typeid(Poco::JSON::Object::Ptr)) return parsed.extract<Poco::JSON::Object::Ptr>();
    return Failure{std::string("the body is JSON, but not an object: expected {\"field\": value, …}")};
  } catch (const Poco::Exception& problem) {
    return Failure{fmt::format("the body is not a valid JSON object: {}", as_utf8(problem.message()))};
  }
}

JsonObject& JsonObject::put(const char* name, std::string_view text) {
  object_->set(name, as_utf8(text));
  return *this;
}

JsonObject& JsonObject::put(const char* name, std::uint64_t number) {
  object_->set(name, static_cast<Poco::UInt64>(number));
  return *this;
}

JsonObject& JsonObject::put(const char* name, bool truth) {
  object_->set(name, truth);
  return *this;
}

JsonObject& JsonObject::put(const char* name, const JsonObject& object) {
  object_->set(name, object.object_);
  return *this;
}

JsonObject& JsonObject::put_null(const char* name) {
  object_->set(name, Poco::Dynamic::Var());
  return *this;
}

std::string JsonObject::text() const {
  std::ostringstream out;
  object_->stringify(out);
  return out.str();
}

}  // namespace vow::http
