#include "tests/support/faulty_file.h"

#include <algorithm>

namespace vow::testing {

using storage::Error;
using storage::failure;
using storage::Fault;
using storage::Result;

FaultyFile::FaultyFile(FaultyDisk& disk, std::string name, std::shared_ptr<FileImage> image)
    : disk_(disk), name_(std::move(name)), image_(std::move(image)), life_(disk.life_) {}

Result<std::string> FaultyFile::read(std::uint64_t offset, std::size_t bytes) {
  if (auto error = obstacle(FaultyDisk::Kind::look, "read", Trouble::read_error)) return Failure{*error};
  ++disk_.counters_.reads;
  std::string content = image_->read(offset, bytes);
  if (!content.empty() && disk_.strikes(Trouble::short_read))
    content.resize(disk_.random_.below(content.size()));
  return content;
}

Result<void> FaultyFile::write(std::uint64_t offset, std::string_view bytes) {
  const bool alive = is_alive();
  if (auto error = obstacle(FaultyDisk::Kind::change, "write", Trouble::write_error)) {
    // A dying process may have written a part; a dead one writes nothing.
    if (alive) write_part(offset, bytes);
    return Failure{*error};
  }
  const std::uint64_t room = disk_.bytes_with_room(*image_, offset, bytes.size());
  if (room < bytes.size()) {
    ++disk_.counters_.faults;
    write_part(offset, bytes.substr(0, room));
    return failure(Fault::no_space, "cannot write " + name_ + ": the simulated disk is full");
  }
  ++disk_.counters_.writes;
  disk_.counters_.bytes_written += bytes.size();
  if (!bytes.empty()) image_->write(offset, bytes);
  return {};
}

Result<void> FaultyFile::truncate(std::uint64_t size) {
  if (auto error = obstacle(FaultyDisk::Kind::change, "truncate", Trouble::truncate_error))
    return Failure{*error};
  if (size > image_->size() &&
      disk_.bytes_with_room(*image_, image_->size(), size - image_->size()) < size - image_->size()) {
    ++disk_.counters_.faults;
    return failure(Fault::no_space, "cannot extend " + name_ + ": the simulated disk is full");
  }
  image_->truncate(size);
  return {};
}

Result<std::uint64_t> FaultyFile::size() {
  if (auto error = obstacle(FaultyDisk::Kind::look, "get the size of", std::nullopt)) return Failure{*error};
  return image_->size();
}

Result<void> FaultyFile::sync() {
  const bool alive = is_alive();
  if (auto error = obstacle(FaultyDisk::Kind::change, "sync", Trouble::sync_error)) {
    if (alive && !disk_.halted_) {
      if (disk_.random_.chance(0.5)) image_->lose_power(disk_.random_, 0.5);
      image_->forsake();
    }
    return Failure{*error};
  }
  ++disk_.counters_.syncs;
  image_->sync();
  if (disk_.sync_observer_) disk_.sync_observer_(name_);
  return {};
}

std::optional<Error> FaultyFile::obstacle(FaultyDisk::Kind kind, const char* call,
                                          std::optional<Trouble> trouble) {
  if (life_ != disk_.life_)
    return Error{Fault::failed, std::string("cannot ") + call + " " + name_ +
                                    ": it was opened by a process that died since"};
  return disk_.obstacle(kind, call, name_, trouble);
}

bool FaultyFile::is_alive() const { return life_ == disk_.life_ && !disk_.halted_; }

void FaultyFile::write_part(std::uint64_t offset, std::string_view bytes) {
  const std::string_view part = bytes.substr(0, disk_.random_.between(0, bytes.size()));
  if (!part.empty()) image_->write(offset, part);
}

}  // namespace vow::testing
