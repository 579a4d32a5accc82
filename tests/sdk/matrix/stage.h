// Where the matrix is played: a cell of three, and two databases of one kind with a table for effects in
// each.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sdk/matrix/places.h"
#include "tests/support/cell_in_process.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temporary_directory.h"

namespace vow::sdk {

enum class Side : std::uint8_t { initiator, participant };

class Stage {
 public:
  explicit Stage(const std::string& database);
  virtual ~Stage() = default;

  [[nodiscard]] PlaceOptions place(Side side, const std::string& mode) const;
  [[nodiscard]] std::string coordinators() const;
  [[nodiscard]] std::string socket() const { return directory_.path() + "/participant"; }

  void kill_leader();
  // Does nothing where there is no server.
  virtual void kill_database() {}
  virtual void heal();

  // How many effects of that number are there for good; and how many things are left in the midst of
  // something.
  [[nodiscard]] int effects(Side side, int number) const;
  [[nodiscard]] int leftovers() const;
  [[nodiscard]] std::uint64_t unfinished() { return cell_.figures().unfinished; }

  static std::unique_ptr<Stage> make(const std::string& database);

 protected:
  // The number that `sql` gives in the database of that side, on a connection of its own.
  [[nodiscard]] virtual int ask(Side side, const std::string& sql) const = 0;
  [[nodiscard]] virtual int prepared(Side side) const = 0;
  [[nodiscard]] virtual bool has_records(Side side) const = 0;
  [[nodiscard]] virtual std::string address(Side side) const = 0;
  [[nodiscard]] virtual std::string schema(Side) const { return "-"; }
  [[nodiscard]] std::string effects_of(Side side) const {
    return directory_.path() + (side == Side::initiator ? "/here" : "/there");
  }

  testing::TemporaryDirectory directory_{testing::TemporaryDirectory::In::memory};

 private:
  const std::string database_;
  testing::CellInProcess cell_{3, directory_.path()};
  std::optional<std::size_t> stopped_;
};

}  // namespace vow::sdk
