// A value or the reason why there is none. Neither may be ignored.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "coordinator/base/check.h"

namespace vow {

template <class E>
struct Failure {
  E error;
};
template <class E>
Failure(E) -> Failure<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  template <class F>
  Result(Failure<F> failure)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<1>, std::move(failure.error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    VOW_CHECK(ok(), "a failed result has no value");
    return std::get<0>(state_);
  }
  const T& value() const& {
    VOW_CHECK(ok(), "a failed result has no value");
    return std::get<0>(state_);
  }
  T&& value() && {
    VOW_CHECK(ok(), "a failed result has no value");
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const {
    VOW_CHECK(!ok(), "a good result has no error");
    return std::get<1>(state_);
  }

 private:
  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  template <class F>
  Result(Failure<F> failure) : error_(std::move(failure.error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const E& error() const {
    VOW_CHECK(!ok(), "a good result has no error");
    return *error_;
  }

 private:
  std::optional<E> error_;
};

}  // namespace vow
