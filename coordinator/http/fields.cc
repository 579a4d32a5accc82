#include "coordinator/http/fields.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "coordinator/http/text.h"

namespace vow::http {
namespace {

// What a value is, for those who expected another.
std::string shown(const Poco::Dynamic::Var& value) {
  if (value.isEmpty()) return "null";
  if (value.type() == typeid(std::string)) return quoted(value.extract<std::string>());
  if (value.type() == typeid(bool)) return value.extract<bool>() ? "true" : "false";
  if (value.type() == typeid(Poco::JSON::Object::Ptr)) return "an object";
  if (value.type() == typeid(Poco::JSON::Array::Ptr)) return "a list";
  if (value.type() == typeid(double)) return "a number with a fraction or an exponent";
  return value.convert<std::string>();
}

bool is_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  if (text.size() > 256 || text.find_first_of(" \t\r\n/\"") != std::string_view::npos) return false;
  return parse_number(text.substr(colon + 1), {1, 65'535}).has_value();
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, Range range) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < range.low || value > range.high) return std::nullopt;
  return value;
}

std::optional<NodeId> parse_node(std::string_view text) {
  const auto value = parse_number(text, {1, UINT64_MAX});
  return value ? std::optional(NodeId(*value)) : std::nullopt;
}

std::string expected_number(Range range) {
  return fmt::format("a whole number from {} to {}", range.low, range.high);
}

Fields::Fields(Poco::JSON::Object::Ptr object)
    : Fields(std::move(object), "", std::make_shared<std::optional<std::string>>()) {}

Fields::Fields(Poco::JSON::Object::Ptr object, std::string path,
               std::shared_ptr<std::optional<std::string>> wrong)
    : object_(std::move(object)), path_(std::move(path)), wrong_(std::move(wrong)) {}

void Fields::say(std::string what) {
  if (!wrong_->has_value()) *wrong_ = std::move(what);
}

void Fields::expected(const std::string& name, std::string_view what, std::string_view instead) {
  say(fmt::format("field \"{}{}\": expected {}, got {}", path_, name, what, instead));
}

std::size_t Fields::choose(const std::string& name, const std::vector<std::string>& known) {
  const std::string what = fmt::format("one of {}", fmt::join(known, ", "));
  const auto word = take_text(name, true, what);
  if (!word) return 0;
  const auto at = std::find(known.begin(), known.end(), *word);
  if (at != known.end()) return static_cast<std::size_t>(at - known.begin());
  expected(name, what, quoted(*word));
  return 0;
}

Poco::Dynamic::Var Fields::take(const std::string& name, bool is_required, std::string_view what) {
  asked_.push_back(name);
  if (!object_->has(name)) {
    if (is_required) expected(name, what, "nothing: the field is missing");
    return {};
  }
  const Poco::Dynamic::Var value = object_->get(name);
  if (value.isEmpty()) expected(name, what, "null");
  return value;
}

std::uint64_t Fields::number(const std::string& name, Range range, std::optional<std::uint64_t> otherwise) {
  const std::string what = expected_number(range);
  const Poco::Dynamic::Var value = take(name, !otherwise, what);
  if (value.isEmpty()) return otherwise.value_or(range.low);
  std::optional<std::uint64_t> number;
  if (value.type() == typeid(Poco::UInt64)) number = value.extract<Poco::UInt64>();
  if (value.type() == typeid(Poco::Int64) && value.extract<Poco::Int64>() >= 0) {
    number = static_cast<std::uint64_t>(value.extract<Poco::Int64>());
  }
  if (number && *number >= range.low && *number <= range.high) return *number;
  expected(name, what, shown(value));
  return range.low;
}

std::optional<std::string> Fields::take_text(const std::string& name, bool is_required,
                                             std::string_view what) {
  const Poco::Dynamic::Var value = take(name, is_required, what);
  if (value.isEmpty()) return std::nullopt;
  if (value.type() == typeid(std::string)) return value.extract<std::string>();
  expected(name, what, shown(value));
  return std::nullopt;
}

std::string Fields::text(const std::string& name, Range size, const std::optional<std::string>& otherwise) {
  const std::string what = fmt::format("text of {} to {} bytes", size.low, size.high);
  auto text = take_text(name, !otherwise, what);
  if (!text) return otherwise.value_or("");
  if (text->size() < size.low || text->size() > size.high) {
    expected(name, what, fmt::format("{} bytes", text->size()));
  }
  return *std::move(text);
}

bool Fields::truth(const std::string& name, std::optional<bool> otherwise) {
  const Poco::Dynamic::Var value = take(name, !otherwise, "true or false");
  if (value.isEmpty()) return otherwise.value_or(false);
  if (value.type() == typeid(bool)) return value.extract<bool>();
  expected(name, "true or false", shown(value));
  return false;
}

template <class T, class Parse>
T Fields::parsed(const std::string& name, std::string_view what, Parse parse) {
  const auto text = take_text(name, true, what);
  if (!text) return {};
  const std::optional<T> value = parse(*text);
  if (!value) expected(name, what, quoted(*text));
  return value.value_or(T{});
}

txn::Xid Fields::xid(const std::string& name) { return parsed<txn::Xid>(name, xid_expected, txn::parse_xid); }

txn::BranchName Fields::branch(const std::string& name) {
  return parsed<txn::BranchName>(name, branch_expected, txn::BranchName::from);
}

NodeId Fields::node(const std::string& name) { return parsed<NodeId>(name, node_expected, parse_node); }

std::string Fields::address(const std::string& name, bool is_required) {
  constexpr std::string_view what = "an address, host:port";
  std::string text = take_text(name, is_required, what).value_or("");
  const bool may_be_empty = !is_required || wrong_->has_value();
  if (!is_address(text) && !(text.empty() && may_be_empty)) expected(name, what, quoted(text));
  return text;
}

Fields Fields::object(const std::string& name) {
  const Poco::Dynamic::Var value = take(name, true, "an object");
  if (value.type() == typeid(Poco::JSON::Object::Ptr)) {
    return {value.extract<Poco::JSON::Object::Ptr>(), fmt::format("{}{}.", path_, name), wrong_};
  }
  if (!value.isEmpty()) expected(name, "an object", shown(value));
  return {new Poco::JSON::Object, fmt::format("{}{}.", path_, name), wrong_};
}

std::vector<Fields> Fields::objects(const std::string& name, std::size_t count_max) {
  const std::string what = fmt::format("a list of at most {} objects", count_max);
  const Poco::Dynamic::Var value = take(name, true, what);
  if (value.isEmpty()) return {};
  if (value.type() != typeid(Poco::JSON::Array::Ptr)) {
    expected(name, what, shown(value));
    return {};
  }
  const auto& array = value.extract<Poco::JSON::Array::Ptr>();
  if (array->size() > count_max) {
    expected(name, what, fmt::format("{} elements", array->size()));
    return {};
  }
  std::vector<Fields> fields;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Poco::Dynamic::Var element = array->get(static_cast<unsigned>(i));
    const std::string nth = fmt::format("{}[{}]", name, i);
    if (element.type() != typeid(Poco::JSON::Object::Ptr)) {
      expected(nth, "an object", shown(element));
      return {};
    }
    fields.push_back(Fields(element.extract<Poco::JSON::Object::Ptr>(), path_ + nth + ".", wrong_));
  }
  return fields;
}

void Fields::end() {
  if (wrong_->has_value()) return;
  for (const std::string& name : object_->getNames()) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    const std::string inside = path_.empty() ? "" : fmt::format("in {} ", path_.substr(0, path_.size() - 1));
    say(inside + no_such("field", name, asked_));
    return;
  }
}

}  // namespace vow::http
