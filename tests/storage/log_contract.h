// The contract of storage/log_store.h as tests, for every form of LogStore. A form brings a LogMedium
// and says
//
//   INSTANTIATE_TEST_SUITE_P(Memory, LogContract, ::testing::Values(LogForm{...}), name_of_form);
//
// The tests themselves are in log_contract.cc (clause by clause) and log_contract_crash_test.cc (crashes at
// every step, and random histories), linked into the same program.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "coordinator/base/random.h"
#include "storage/log_store.h"

namespace vow::storage {

// Where one log lives, and everything that may befall it there. create() comes first; then store() is the
// open store, until a call of reopen_...() replaces it.
class LogMedium {
 public:
  virtual ~LogMedium() = default;

  [[nodiscard]] virtual Result<void> create(Identity identity) = 0;
  // Kill -9, then a new process opens the store. Whatever error opening gives is passed on.
  [[nodiscard]] virtual Result<void> reopen_after_crash() = 0;
  // The same after a power loss: what was not synced is gone or not, by chance.
  [[nodiscard]] virtual Result<void> reopen_after_power_loss() = 0;
  virtual LogStore& store() = 0;

  // While full, writes that need room are refused with Fault::no_space.
  virtual void set_full(bool full) = 0;
  // The next write() fails: because a write or a sync to the disk does.
  enum class Call : std::uint8_t { write, sync };
  virtual void fail_next(Call call) = 0;
  // The process dies at its step `steps` + 1 from now, a step being any change of the disk: write() fails
  // there, and whatever comes after it does, until reopen_...().
  virtual void die_after(std::uint64_t steps) = 0;
  // Whether it has died.
  [[nodiscard]] virtual bool is_dead() const = 0;
  // Closes the store and flips one bit of its files, anywhere; the next call must be reopen_after_crash().
  // False, having done nothing, if the form keeps no files.
  virtual bool close_and_flip_a_bit(Random& random) = 0;
};

struct LogForm {
  std::string name;
  std::function<std::unique_ptr<LogMedium>(std::uint64_t seed)> make_medium;
};

inline std::string name_of_form(const ::testing::TestParamInfo<LogForm>& form) { return form.param.name; }

class LogContract : public ::testing::TestWithParam<LogForm> {
 protected:
  static constexpr Identity identity_{CellId(7), NodeId(11)};

  // A medium with a new, empty store.
  static std::unique_ptr<LogMedium> new_medium(std::uint64_t seed);
};

}  // namespace vow::storage
