// Planted bugs: the tests of the tests. In the product VOW_PLANTED(name) is the constant `false` and leaves
// no trace. Simulators are built a second time with VOW_PLANTS, where a bug can be switched on by its name;
// some checker must then fire.
#pragma once

#ifdef VOW_PLANTS

namespace vow::plant {
// The bug that is switched on, or null. One process shows one bug.
extern const char* active;
bool is_active(const char* name);
}  // namespace vow::plant

#define VOW_PLANTED(name) (::vow::plant::is_active(#name))

#else

#define VOW_PLANTED(name) false

#endif
