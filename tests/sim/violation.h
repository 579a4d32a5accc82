// A promise that was found broken. It ends the run of its seed.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace vow::sim {

class Violation : public std::runtime_error {
 public:
  // `check` names the promise in words; `what` says how it was broken.
  Violation(std::string check, const std::string& what)
      : std::runtime_error(what), check_(std::move(check)) {}
  [[nodiscard]] const std::string& check() const { return check_; }

 private:
  std::string check_;
};

}  // namespace vow::sim
