// That the header compiles against the user's libpqxx. What a resource does with a coordinator is tested
// where there is one.
#include <type_traits>

#include "vow/postgres.h"

namespace vow::postgres {

static_assert(std::is_base_of_v<vow::resource, resource>);
static_assert(std::is_constructible_v<resource, client&, std::string, connect_function, options>);
static_assert(!std::is_copy_constructible_v<resource>);

}  // namespace vow::postgres
