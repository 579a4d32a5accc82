#include "tests/http/description.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <fmt/format.h>

namespace vow::http {
namespace {

using Poco::Dynamic::Var;
using Object = Description::Object;
using Array = Poco::JSON::Array::Ptr;

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_integer(const Var& value) {
  return value.type() == typeid(Poco::Int64) || value.type() == typeid(Poco::UInt64);
}

bool has_type(const Var& value, const std::string& type) {
  if (type == "null") return value.isEmpty();
  if (value.isEmpty()) return false;
  if (type == "integer") return is_integer(value);
  if (type == "string") return value.type() == typeid(std::string);
  if (type == "boolean") return value.type() == typeid(bool);
  if (type == "object") return value.type() == typeid(Object);
  if (type == "array") return value.type() == typeid(Array);
  throw std::runtime_error("the description knows no type " + type);
}

bool has_one_of(const Var& value, const Var& types) {
  if (types.type() == typeid(std::string)) return has_type(value, types.extract<std::string>());
  const Array& array = types.extract<Array>();
  return std::any_of(array->begin(), array->end(),
                     [&](const Var& type) { return has_type(value, type.extract<std::string>()); });
}

// Numbers of the description and of what is checked.
bool is_at_least(const Var& value, const Var& bound) {
  if (value.type() == typeid(Poco::Int64) && value.extract<Poco::Int64>() < 0) return false;
  return value.convert<Poco::UInt64>() >= bound.convert<Poco::UInt64>();
}

// One word of a schema about one value; none if it holds.
std::optional<std::string> violation(const Var& value, const std::string& word, const Var& wanted) {
  const auto size = [&] { return value.extract<std::string>().size(); };
  const bool is_text = value.type() == typeid(std::string);
  const bool is_list = value.type() == typeid(Array);
  if (word == "type")
    return has_one_of(value, wanted) ? std::nullopt : std::optional<std::string>("has another type");
  if (word == "enum") {
    const Array& choices = wanted.extract<Array>();
    const bool is_one =
        std::any_of(choices->begin(), choices->end(), [&](const Var& choice) { return choice == value; });
    return is_one ? std::nullopt : std::optional<std::string>("is none of the choices");
  }
  bool holds = false;
  if (word == "minimum") {
    holds = !is_integer(value) || is_at_least(value, wanted);
  } else if (word == "maximum") {
    holds = !is_integer(value) || is_at_least(wanted, value);
  } else if (word == "minLength") {
    holds = !is_text || size() >= wanted.convert<std::size_t>();
  } else if (word == "maxLength") {
    holds = !is_text || size() <= wanted.convert<std::size_t>();
  } else if (word == "maxItems") {
    holds = !is_list || value.extract<Array>()->size() <= wanted.convert<std::size_t>();
  } else if (word == "pattern") {
    holds = !is_text ||
            std::regex_search(value.extract<std::string>(), std::regex(wanted.extract<std::string>()));
  } else {
    return "is described with a word that this test does not know: " + word;
  }
  return holds ? std::nullopt
               : std::optional<std::string>("breaks " + word + " " + wanted.convert<std::string>());
}

}  // namespace

Description::Description(std::string_view json)
    : root_(Poco::JSON::Parser().parse(std::string(json)).extract<Object>()) {}

std::set<std::string> Description::operations() const {
  std::set<std::string> all;
  const Object paths = root_->getObject("paths");
  for (const std::string& path : paths->getNames()) {
    for (const std::string& method : paths->getObject(path)->getNames()) {
      if (method != "parameters") all.insert(upper(method) + " " + path);
    }
  }
  return all;
}

Description::Object Description::operation(const std::string& name) const {
  const auto space = name.find(' ');
  return root_->getObject("paths")
      ->getObject(name.substr(space + 1))
      ->getObject(lower(name.substr(0, space)));
}

std::set<int> Description::statuses(const std::string& operation) const {
  std::set<int> all;
  for (const std::string& status : this->operation(operation)->getObject("responses")->getNames()) {
    all.insert(std::stoi(status));
  }
  return all;
}

Description::Object Description::response(const std::string& operation, int status) const {
  return resolved(this->operation(operation)->getObject("responses")->getObject(std::to_string(status)));
}

Description::Object Description::common_response(int status) const {
  return root_->getObject("components")->getObject("responses")->getObject(std::to_string(status));
}

Description::Object Description::request_schema(const std::string& operation) const {
  const Object body = this->operation(operation)->getObject("requestBody");
  if (!body) return {};
  return body->getObject("content")->getObject("application/json")->getObject("schema");
}

std::set<std::string> Description::parameters(const std::string& operation, std::string_view in) const {
  std::set<std::string> names;
  const std::string path = operation.substr(operation.find(' ') + 1);
  for (const Object& owner : {this->operation(operation), root_->getObject("paths")->getObject(path)}) {
    const Array parameters = owner->getArray("parameters");
    if (!parameters) continue;
    for (const Var& each : *parameters) {
      const Object parameter = resolved(each.extract<Object>());
      if (parameter->getValue<std::string>("in") == in)
        names.insert(parameter->getValue<std::string>("name"));
    }
  }
  return names;
}

Description::Object Description::resolved(Object object) const {
  while (object->has("$ref")) {
    std::istringstream path(object->getValue<std::string>("$ref"));
    std::string step;
    std::getline(path, step, '/');  // "#"
    Object at = root_;
    while (std::getline(path, step, '/')) {
      at = at->getObject(step);
      if (!at)
        throw std::runtime_error("the description refers to nothing: " +
                                 object->getValue<std::string>("$ref"));
    }
    object = at;
  }
  return object;
}

void Description::check_object(const Object& value, const Object& schema, const std::string& at,
                               std::vector<std::string>& found) const {
  if (const Array required = schema->getArray("required")) {
    for (const Var& name : *required) {
      if (!value->has(name.extract<std::string>())) {
        found.push_back(fmt::format("{}: has no {}", at, name.extract<std::string>()));
      }
    }
  }
  const Object properties = schema->getObject("properties");
  if (!properties) return;
  for (const std::string& name : value->getNames()) {
    if (!properties->has(name)) {
      found.push_back(fmt::format("{}: has {}, which is not described", at, name));
      continue;
    }
    for (std::string& each :
         violations(value->get(name), properties->getObject(name), fmt::format("{}.{}", at, name))) {
      found.push_back(std::move(each));
    }
  }
}

std::vector<std::string> Description::violations(const Var& value, Object schema,
                                                 const std::string& at) const {
  schema = resolved(schema);
  std::vector<std::string> found;
  static const std::set<std::string> elsewhere{"description",          "default", "properties", "required",
                                               "additionalProperties", "items"};
  for (const std::string& word : schema->getNames()) {
    if (elsewhere.contains(word)) continue;
    if (const auto wrong = violation(value, word, schema->get(word))) found.push_back(at + ": " + *wrong);
  }
  if (value.type() == typeid(Object)) check_object(value.extract<Object>(), schema, at, found);
  if (value.type() == typeid(Array) && schema->has("items")) {
    const Array& array = value.extract<Array>();
    for (std::size_t i = 0; i < array->size(); ++i) {
      const std::string place = fmt::format("{}[{}]", at, i);
      for (std::string& each :
           violations(array->get(static_cast<unsigned>(i)), schema->getObject("items"), place)) {
        found.push_back(std::move(each));
      }
    }
  }
  return found;
}

}  // namespace vow::http
