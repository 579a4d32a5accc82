#include "storage/sqlite_log_store.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "storage/posix_disk.h"
#include "tests/storage/log_contract.h"
#include "tests/storage/log_model.h"
#include "tests/storage/sqlite_medium.h"

namespace vow::storage {
namespace {

using testing::FaultyDisk;
using testing::Trouble;

constexpr Identity identity{CellId(7), NodeId(11)};

INSTANTIATE_TEST_SUITE_P(Sqlite, LogContract,
                         ::testing::Values(LogForm{"OnAFaultyDisk", [](std::uint64_t seed) {
                                                     return std::make_unique<SqliteMedium>(seed);
                                                   }}),
                         name_of_form);

}  // namespace
}  // namespace vow::storage
