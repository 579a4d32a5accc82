#include "coordinator/cli/identity.h"

#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "coordinator/base/checksum.h"

namespace vow::cli {
namespace {

using storage::Disk;
using storage::Fault;

constexpr const char* file_name = "node";
constexpr const char* new_file_name = "node.new";
constexpr std::size_t file_bytes_max = 4096;

std::string body_of(const NodeIdentity& identity) {
  return fmt::format("vow node 1\nnode {}\ncell {} {}\n", identity.node.value(), identity.cell,
                     identity.incarnation);
}

std::string print(const NodeIdentity& identity) {
  const std::string body = body_of(identity);
  return fmt::format("{}check {:016x}\n", body, checksum(body));
}

// The numbers in the text, whatever is between them.
std::vector<std::uint64_t> numbers_in(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t i = 0; i < text.size();) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), number);
    if (error != std::errc()) {
      ++i;
      continue;
    }
    numbers.push_back(number);
    i = static_cast<std::size_t>(end - text.data());
  }
  return numbers;
}

// Valid is what would be printed of the identity that was read.
std::optional<NodeIdentity> parse(const std::string& text) {
  const auto numbers = numbers_in(text);
  if (numbers.size() < 4) return std::nullopt;
  const NodeIdentity identity{NodeId(numbers[1]), static_cast<std::uint32_t>(numbers[2]),
                              static_cast<std::uint32_t>(numbers[3])};
  if (print(identity) != text || identity.node.is_zero()) return std::nullopt;
  return identity;
}

}  // namespace

storage::Result<std::optional<NodeIdentity>> load_identity(Disk& disk) {
  const auto exists = disk.exists(file_name);
  if (!exists) return Failure{exists.error()};
  if (!*exists) return std::optional<NodeIdentity>();
  auto file = disk.open(file_name, Disk::Open::existing);
  if (!file) return Failure{file.error()};
  const auto text = (*file)->read(0, file_bytes_max);
  if (!text) return Failure{text.error()};
  const auto identity = parse(*text);
  if (!identity) {
    return storage::failure(
        Fault::damaged,
        "the file `node` in the data directory, which says whose directory this is, is damaged. "
        "Restore it from a copy, or remove this node from its cell and add a new one");
  }
  return identity;
}

storage::Result<void> save_identity(Disk& disk, const NodeIdentity& identity) {
  auto file = disk.open(new_file_name, Disk::Open::create);
  if (!file) return Failure{file.error()};
  const std::string text = print(identity);
  if (auto done = (*file)->truncate(0); !done) return done;
  if (auto done = (*file)->write(0, text); !done) return done;
  if (auto done = (*file)->sync(); !done) return done;
  if (auto done = disk.rename(new_file_name, file_name); !done) return done;
  return disk.sync_directory();
}

}  // namespace vow::cli
