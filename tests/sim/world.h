// What all parts of one run share.
#pragma once

#include <cstdio>

#include "tests/sim/counters.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/options.h"
#include "tests/sim/sometimes.h"
#include "tests/sim/trace.h"

namespace vow::sim {

struct World {
  World(const Options& drawn, std::FILE* trace_out) : options(drawn), trace(clock, trace_out) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const Options options;
  EventQueue clock;
  Trace trace;
  Sometimes sometimes;
  Counters counters;
  // Time that passed in one moment for all clocks alike, as if everything had slept.
  Time leapt = 0;

  void happened(Rare rare) { sometimes.happened(rare); }
};

}  // namespace vow::sim
