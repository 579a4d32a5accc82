// Serves what Thrift generates with `cpp:cob_style`.
#pragma once

#include <memory>

#include <thrift/async/TAsyncProcessor.h>

#include "coordinator/rpc/message.h"
#include "coordinator/rpc/service.h"

namespace vow::rpc {

// Each call has protocols of its own, since its answer is encoded on whatever thread gives it.
[[nodiscard]] std::shared_ptr<Service> serve_processor(
    std::shared_ptr<apache::thrift::async::TAsyncProcessor> processor, const MessageLimits& limits);

}  // namespace vow::rpc
