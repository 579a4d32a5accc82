// Several things that wait for databases, done at the same time instead of one after the other.
#pragma once

#include <functional>
#include <vector>

#include "participant-sdk/core/tasks.h"

namespace vow::sdk {

// Runs each of them once, the first here and the others wherever a thread is free, here at last; returns when
// all are over. If some throw, throws what the first of those did.
void side_by_side(Tasks& with, std::vector<std::function<void()>> all);

}  // namespace vow::sdk
