#include "coordinator/cli/json.h"

#include <sstream>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <fmt/format.h>

namespace vow::cli {
namespace {

NotUnderstood not_a(const char* kind, const char* name) {
  return NotUnderstood(fmt::format("member \"{}\" is no {}", name, kind));
}

// For the library, true and false are numbers too.
bool is_whole_number(const Poco::Dynamic::Var& value) { return value.isInteger() && !value.isBoolean(); }

std::string pretty_of(const Poco::Dynamic::Var& value) {
  std::ostringstream out;
  Poco::JSON::Stringifier::stringify(value, out, 2);
  return out.str();
}

}  // namespace

Json Json::parse(const std::string& text) {
  try {
    Poco::JSON::Parser parser(new Poco::JSON::ParseHandler(/*preserveObjectOrder=*/true));
    return Json(parser.parse(text));
  } catch (const Poco::Exception& error) {
    throw NotUnderstood("it is no JSON: " + error.displayText());
  }
}

Poco::Dynamic::Var Json::member(const char* name) const {
  if (value_.type() != typeid(JsonObject::Ptr)) throw NotUnderstood("it is no object");
  return value_.extract<JsonObject::Ptr>()->get(name);
}

std::string Json::text(const char* name) const {
  const auto value = member(name);
  if (!value.isString()) throw not_a("text", name);
  return value.convert<std::string>();
}

std::uint64_t Json::number(const char* name) const {
  const auto value = member(name);
  if (!is_whole_number(value)) throw not_a("whole number", name);
  try {
    return value.convert<std::uint64_t>();
  } catch (const Poco::Exception&) {
    throw not_a("whole number that is not negative", name);
  }
}

bool Json::truth(const char* name) const {
  const auto value = member(name);
  if (!value.isBoolean()) throw not_a("true or false", name);
  return value.convert<bool>();
}

std::vector<Json> Json::list(const char* name) const {
  const auto value = member(name);
  if (value.type() != typeid(Poco::JSON::Array::Ptr)) throw not_a("list", name);
  std::vector<Json> items;
  for (const auto& item : *value.extract<Poco::JSON::Array::Ptr>()) items.push_back(Json(item));
  return items;
}

std::string Json::text_or_number(const char* name) const {
  const auto value = member(name);
  if (value.isEmpty()) return {};
  if (!value.isString() && !is_whole_number(value)) throw not_a("text or number", name);
  return value.convert<std::string>();
}

std::uint64_t Json::number_or_0(const char* name) const { return member(name).isEmpty() ? 0 : number(name); }

std::string Json::pretty() const { return pretty_of(value_); }

std::string to_string(const JsonObject& object) {
  std::ostringstream out;
  object.stringify(out);
  return out.str();
}

std::string pretty(const JsonObject& object) { return pretty_of(object); }

}  // namespace vow::cli
