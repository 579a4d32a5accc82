#include "tests/support/faulty_disk.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/support/faulty_file.h"

namespace vow::testing {

using storage::Error;
using storage::failure;
using storage::Fault;
using storage::Result;

Result<std::unique_ptr<storage::File>> FaultyDisk::open(const std::string& name, Open how) {
  std::shared_ptr<FileImage> file = names_.find(name);
  const bool creates = file == nullptr && how == Open::create;
  if (auto error = creates ? obstacle(Kind::change, "create", name, Trouble::create_error)
                           : obstacle(Kind::look, "open", name, std::nullopt))
    return Failure{*error};
  if (creates) {
    if (full_ || bytes_used() >= capacity_) {
      ++counters_.faults;
      return failure(Fault::no_space, "cannot create " + name + ": the simulated disk is full");
    }
    file = names_.create(name);
  }
  if (file == nullptr) return failure(Fault::absent, "cannot open " + name + ": there is no such file");
  return std::unique_ptr<storage::File>(std::make_unique<FaultyFile>(*this, name, std::move(file)));
}

Result<bool> FaultyDisk::exists(const std::string& name) {
  if (auto error = obstacle(Kind::look, "look up", name, std::nullopt)) return Failure{*error};
  return names_.find(name) != nullptr;
}

Result<void> FaultyDisk::rename(const std::string& from, const std::string& to) {
  if (auto error = obstacle(Kind::change, "rename", from, Trouble::rename_error)) return Failure{*error};
  if (names_.find(from) == nullptr)
    return failure(Fault::absent, "cannot rename " + from + ": there is no such file");
  names_.rename(from, to);
  return {};
}

Result<void> FaultyDisk::remove(const std::string& name) {
  if (auto error = obstacle(Kind::change, "remove", name, Trouble::remove_error)) return Failure{*error};
  if (names_.find(name) == nullptr)
    return failure(Fault::absent, "cannot remove " + name + ": there is no such file");
  names_.remove(name);
  return {};
}

Result<void> FaultyDisk::sync_directory() {
  if (auto error = obstacle(Kind::change, "sync the directory", "", Trouble::directory_sync_error)) {
    if (!halted_) names_.forsake();  // a process that died never asked the disk
    return Failure{*error};
  }
  ++counters_.directory_syncs;
  names_.sync();
  if (sync_observer_) sync_observer_("");
  return {};
}

Result<std::vector<std::string>> FaultyDisk::list() {
  if (auto error = obstacle(Kind::look, "list the directory", "", std::nullopt)) return Failure{*error};
  return names();
}

void FaultyDisk::crash_process() { restart(); }

void FaultyDisk::lose_power(PowerLoss how) {
  restart();
  const auto survival = [&] {
    static constexpr std::array odds = {0.0, 0.1, 0.5, 0.9, 1.0};
    if (how == PowerLoss::by_chance) return odds[random_.below(odds.size())];
    return how == PowerLoss::keep_all ? 1.0 : 0.0;
  };
  names_.lose_power(random_, survival());
  for (const auto& [name, file] : names_.names()) file->lose_power(random_, survival());
}

void FaultyDisk::heal() {
  plans_ = {};
  full_ = false;
  capacity_ = std::numeric_limits<std::uint64_t>::max();
}

void FaultyDisk::flip_bit(const std::string& name, std::uint64_t bit) {
  const auto file = names_.find(name);
  VOW_CHECK(file != nullptr, "no file {} to flip a bit of", name);
  file->flip_bit(bit);
}

void FaultyDisk::copy_from(const FaultyDisk& other) {
  restart();
  names_ = other.names_;
}

std::optional<std::string_view> FaultyDisk::peek(const std::string& name) const {
  const auto file = names_.find(name);
  if (file == nullptr) return std::nullopt;
  return file->bytes();
}

std::vector<std::string> FaultyDisk::names() const {
  std::vector<std::string> all;
  for (const auto& [name, file] : names_.names()) all.push_back(name);
  return all;
}

std::uint64_t FaultyDisk::bytes_used() const {
  std::uint64_t sum = 0;
  for (const auto& [name, file] : names_.names()) sum += file->size();
  return sum;
}

std::optional<Error> FaultyDisk::obstacle(Kind kind, const char* call, const std::string& name,
                                          std::optional<Trouble> trouble) {
  const auto says = [&](const char* why) {
    return Error{Fault::failed,
                 std::string("cannot ") + call + (name.empty() ? "" : " ") + name + ": " + why};
  };
  if (halted_) return says("the simulated process is dead");
  if (kind == Kind::change) {
    if (steps_left_ == 0u) {
      halted_ = true;
      return says("the simulated process dies here");
    }
    if (steps_left_) --*steps_left_;
    ++counters_.steps;
  }
  if (trouble && strikes(*trouble)) return says("injected fault");
  return std::nullopt;
}

bool FaultyDisk::strikes(Trouble trouble) {
  Plan& plan = plans_[index(trouble)];
  bool strike = plan.rate > 0 && random_.chance(plan.rate);
  if (plan.spare) {
    if (*plan.spare == 0) {
      plan.spare.reset();
      strike = true;
    } else {
      --*plan.spare;
    }
  }
  counters_.faults += strike ? 1 : 0;
  return strike;
}

std::uint64_t FaultyDisk::bytes_with_room(const FileImage& file, std::uint64_t offset,
                                          std::uint64_t bytes) const {
  const bool bounded = full_ || capacity_ != std::numeric_limits<std::uint64_t>::max();
  if (!bounded || offset + bytes <= file.size()) return bytes;
  const std::uint64_t used = bytes_used();
  const std::uint64_t room = full_ || used >= capacity_ ? 0 : capacity_ - used;
  const std::uint64_t end = file.size() + room;
  return end <= offset ? 0 : std::min(bytes, end - offset);
}

void FaultyDisk::restart() {
  ++life_;
  halted_ = false;
  steps_left_.reset();
}

}  // namespace vow::testing
