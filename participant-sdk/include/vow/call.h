// How a transaction travels to other services and back, in two headers of whatever carries requests.
//
//   vow-context   with the request: which transaction, and where in it
//   vow-branches  with the answer: what was prepared for it there
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vow/branch.h"
#include "vow/export.h"

namespace vow {

namespace sdk {
class transaction;
}

inline constexpr std::string_view context_header = "vow-context";
inline constexpr std::string_view branches_header = "vow-branches";

// By name, in lower case.
using headers = std::map<std::string, std::string>;

// One request to another service, within a transaction. A request that is sent again is the same call: it
// carries the same headers. A call that is never answered keeps its transaction from committing.
class VOW_EXPORT call {
 public:
  call(std::shared_ptr<sdk::transaction> of, std::uint32_t nth, std::string context)
      : transaction_(std::move(of)), nth_(nth), context_(std::move(context)) {}

  // To be sent with the request.
  [[nodiscard]] vow::headers headers() const { return {{std::string(context_header), context_}}; }
  // The answer is here, and says that the work was done. Names of headers may be in any case. Throws if they
  // are not those of a service that took part.
  void answered(const vow::headers& with);

 private:
  std::shared_ptr<sdk::transaction> transaction_;
  std::uint32_t nth_;
  std::string context_;
};

// What a service that was called sends back with its answer.
struct reply {
  vow::headers headers;
  // What the function returned that did the work; the same again if the request is repeated.
  std::string body;
  // The same request had been served before: the body did not run again.
  bool repeated = false;
};

}  // namespace vow
