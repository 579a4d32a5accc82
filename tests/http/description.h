// docs/openapi.json as a test reads it: which paths, methods and answers it promises, and whether a value is
// what a schema says. Knows the part of JSON Schema that the description uses; a word that it does not know
// is a violation.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>

namespace vow::http {

class Description {
 public:
  using Object = Poco::JSON::Object::Ptr;
  explicit Description(std::string_view json);

  // "GET /v1/cluster", of all there are.
  [[nodiscard]] std::set<std::string> operations() const;
  // Of an operation.
  [[nodiscard]] std::set<int> statuses(const std::string& operation) const;
  [[nodiscard]] Object response(const std::string& operation, int status) const;
  // That any request may get: not listed with the operations.
  [[nodiscard]] Object common_response(int status) const;
  // Null if it has none.
  [[nodiscard]] Object request_schema(const std::string& operation) const;
  // {names} in the path, and names in the query.
  [[nodiscard]] std::set<std::string> parameters(const std::string& operation, std::string_view in) const;

  [[nodiscard]] std::vector<std::string> violations(const Poco::Dynamic::Var& value, Object schema,
                                                    const std::string& at = "") const;
  [[nodiscard]] Object resolved(Object object) const;

 private:
  [[nodiscard]] Object operation(const std::string& name) const;
  void check_object(const Object& value, const Object& schema, const std::string& at,
                    std::vector<std::string>& found) const;

  Object root_;
};

}  // namespace vow::http
