// What is said on the wire, in the coordinator's own types, and back.
//
// from_wire() refuses what is no valid request: it returns why, in a sentence for the client's developer;
// empty: valid.
#pragma once

#include <string>

#include "coordinator/rpc/calls.h"
#include "thrift/gen/client/client_types.h"

namespace vow::rpc {

[[nodiscard]] std::string from_wire(const wire::Vote& from, txn::Vote& to);
[[nodiscard]] std::string from_wire(const wire::Enlistment& from, txn::Enlistment& to);
[[nodiscard]] std::string from_wire(const wire::Commit& from, dispatch::Commit& to);
[[nodiscard]] std::string from_wire(const wire::Rollback& from, Rollback& to);
[[nodiscard]] std::string from_wire(const wire::Question& from, Question& to);
[[nodiscard]] std::string from_wire(const wire::Report& from, dispatch::Report& to);
[[nodiscard]] std::string from_wire(const wire::OpenSession& from, dispatch::OpenSession& to);
[[nodiscard]] std::string from_wire(const wire::Poll& from, dispatch::Poll& to);
[[nodiscard]] std::string session_from_wire(std::int64_t from, txn::SessionNumber& to);
[[nodiscard]] std::string timeout_from_wire(std::int32_t from, std::uint32_t& to);

[[nodiscard]] wire::Answer to_wire(const Told& from);
[[nodiscard]] wire::SessionOpened to_wire(const dispatch::SessionOpened& from);
[[nodiscard]] wire::Polled to_wire(const dispatch::Polled& from);
[[nodiscard]] wire::Problem to_wire(const dispatch::Problem& from);

}  // namespace vow::rpc
