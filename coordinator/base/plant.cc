#include "coordinator/base/plant.h"

#ifdef VOW_PLANTS

#include <cstring>

namespace vow::plant {

const char* active = nullptr;

bool is_active(const char* name) { return active != nullptr && std::strcmp(active, name) == 0; }

}  // namespace vow::plant

#endif
