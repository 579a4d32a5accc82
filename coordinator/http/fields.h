// Reads the fields of a request, one after another, and keeps the first thing that is wrong with any of them.
//
//   Fields body(object);
//   vote.preparation.nonce = body.number<txn::Nonce>("nonce", {1, txn::nonce_max});
//   ...
//   body.end();                                    // a field that nobody asked for is wrong, too
//   if (body.wrong()) return invalid(*body.wrong());
//
// What a wrong field reads as is of no matter: nothing may be done with it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <Poco/JSON/Object.h>

#include "coordinator/base/ids.h"
#include "coordinator/txn/branch.h"
#include "coordinator/txn/xid.h"

namespace vow::http {

struct Range {
  std::uint64_t low = 0;
  std::uint64_t high = UINT64_MAX;
};

class Fields {
 public:
  explicit Fields(Poco::JSON::Object::Ptr object);

  // Each is required unless it is given a default.
  [[nodiscard]] std::uint64_t number(const std::string& name, Range range,
                                     std::optional<std::uint64_t> otherwise = {});
  // Sizes are in bytes.
  [[nodiscard]] std::string text(const std::string& name, Range size,
                                 const std::optional<std::string>& otherwise = {});
  [[nodiscard]] bool truth(const std::string& name, std::optional<bool> otherwise = {});
  [[nodiscard]] txn::Xid xid(const std::string& name);
  [[nodiscard]] txn::BranchName branch(const std::string& name);
  [[nodiscard]] NodeId node(const std::string& name);
  // "host:port"; empty if it may be missing and is.
  [[nodiscard]] std::string address(const std::string& name, bool is_required);
  template <class T>
  using Choices = std::initializer_list<std::pair<std::string_view, T>>;
  template <class T>
  [[nodiscard]] T choice(const std::string& name, Choices<T> choices) {
    std::vector<std::string> known;
    for (const auto& [word, value] : choices) known.emplace_back(word);
    const std::size_t chosen = choose(name, known);
    return (choices.begin() + chosen)->second;
  }
  [[nodiscard]] Fields object(const std::string& name);
  // Required; may be empty.
  [[nodiscard]] std::vector<Fields> objects(const std::string& name, std::size_t count_max);

  void end();
  [[nodiscard]] const std::optional<std::string>& wrong() const { return *wrong_; }

 private:
  Fields(Poco::JSON::Object::Ptr object, std::string path, std::shared_ptr<std::optional<std::string>> wrong);
  // Null if it is missing, which is wrong if it is required.
  [[nodiscard]] Poco::Dynamic::Var take(const std::string& name, bool is_required, std::string_view what);
  // None if it is missing or no text, and that is said.
  [[nodiscard]] std::optional<std::string> take_text(const std::string& name, bool is_required,
                                                     std::string_view what);
  template <class T, class Parse>
  [[nodiscard]] T parsed(const std::string& name, std::string_view what, Parse parse);
  void expected(const std::string& name, std::string_view what, std::string_view instead);
  void say(std::string what);
  // Which of them it is.
  [[nodiscard]] std::size_t choose(const std::string& name, const std::vector<std::string>& known);

  Poco::JSON::Object::Ptr object_;
  std::string path_;  // "", "preparations[3]."
  std::vector<std::string> asked_;
  std::shared_ptr<std::optional<std::string>> wrong_;  // shared with the fields within
};

// What stands in a path, or in its query: the same words for texts.
inline constexpr std::string_view xid_expected =
    "a transaction's xid, 40 characters of 0-9 and a-v as begin gives it";
inline constexpr std::string_view branch_expected =
    "a branch's name, 1 to 10 characters of a-z, 0-9, _ and -";
inline constexpr std::string_view node_expected = "a node's id, a decimal number above 0 as text";
// None if it is not a number, or out of range.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text, Range range);
[[nodiscard]] std::optional<NodeId> parse_node(std::string_view text);
[[nodiscard]] std::string expected_number(Range range);

}  // namespace vow::http
