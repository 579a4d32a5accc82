// What a node answers, read by name; and what is sent to it.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>

namespace vow::cli {

// A member is missing or is of another kind. Made into a Complaint where the address is known (client.cc).
class NotUnderstood : public std::exception {
 public:
  explicit NotUnderstood(std::string what) : what_(std::move(what)) {}
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

// A view of one value in a parsed document.
class Json {
 public:
  // Throws NotUnderstood.
  [[nodiscard]] static Json parse(const std::string& text);

  // Members of an object; each throws NotUnderstood if there is none of that kind.
  [[nodiscard]] std::string text(const char* name) const;
  [[nodiscard]] std::uint64_t number(const char* name) const;
  [[nodiscard]] bool truth(const char* name) const;
  [[nodiscard]] std::vector<Json> list(const char* name) const;
  // A text, or a number as text; empty if it is missing or null. For ids, which have 64 bits, and what is
  // optional.
  [[nodiscard]] std::string text_or_number(const char* name) const;
  // 0 if it is missing or null.
  [[nodiscard]] std::uint64_t number_or_0(const char* name) const;

  // Of any kind, empty if it is missing; to be put into another object.
  [[nodiscard]] Poco::Dynamic::Var member(const char* name) const;
  // Indented, for -o json.
  [[nodiscard]] std::string pretty() const;

 private:
  explicit Json(const Poco::Dynamic::Var& value) : value_(value) {}
  Poco::Dynamic::Var value_;
};

// An object that keeps the order in which its members are put.
using JsonObject = Poco::JSON::Object;
[[nodiscard]] inline JsonObject json_object() { return JsonObject(Poco::JSON_PRESERVE_KEY_ORDER); }
[[nodiscard]] std::string to_string(const JsonObject& object);
[[nodiscard]] std::string pretty(const JsonObject& object);

}  // namespace vow::cli
