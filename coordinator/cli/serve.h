// One coordinator node, from its start to the signal that ends it.
#pragma once

namespace vow::cli {

struct ServeConfig;

// Serves until SIGTERM or SIGINT. The process's exit status: 0 after an orderly end, else 1, and standard
// error has said why.
[[nodiscard]] int serve(const ServeConfig& config);

}  // namespace vow::cli
