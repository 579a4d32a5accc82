// Passes everything on to a log store, and keeps the image of what the store has thereby promised to hold.
#pragma once

#include <span>
#include <vector>

#include "storage/log_store.h"
#include "tests/sim/log_image.h"
#include "tests/sim/world.h"

namespace vow::sim {

// What a node's log must hold when it is opened next.
struct Promised {
  LogImage durable;
  // A batch that was neither acknowledged nor refused: all of it is there, or nothing.
  std::vector<storage::LogWrite> doubtful;
};

class ImagedLogStore final : public storage::LogStore {
 public:
  ImagedLogStore(World& world, storage::LogStore& inner, Promised& promised)
      : world_(world), inner_(inner), promised_(promised) {}

  [[nodiscard]] storage::Result<void> write(std::span<const storage::LogWrite> batch) override;
  [[nodiscard]] storage::Result<std::vector<storage::Entry>> read(Index first,
                                                                  std::size_t bytes_max) override {
    return inner_.read(first, bytes_max);
  }
  [[nodiscard]] storage::LogPosition base() const override { return inner_.base(); }
  [[nodiscard]] storage::LogPosition last() const override { return inner_.last(); }
  [[nodiscard]] storage::HardState hard_state() const override { return inner_.hard_state(); }
  [[nodiscard]] storage::Identity identity() const override { return inner_.identity(); }

 private:
  World& world_;
  storage::LogStore& inner_;
  Promised& promised_;
};

}  // namespace vow::sim
