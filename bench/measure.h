// Two things measured in turns, so that both meet the same machine.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

namespace vow::bench {

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Something that runs, and counts what it does.
struct Load {
  std::function<void()> start;
  std::function<void()> stop;  // returns when nothing is on its way any more
  std::function<std::uint64_t()> done;
};

// How many a second, once it runs evenly.
inline double rate(const Load& load, std::chrono::milliseconds length) {
  load.start();
  std::this_thread::sleep_for(length / 10);
  const std::uint64_t before = load.done();
  const auto begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(length - length / 10);
  const std::uint64_t done = load.done() - before;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  load.stop();
  return static_cast<double>(done) / seconds;
}

struct Comparison {
  double one = 0;
  double other = 0;
  double ratio = 0;  // the median of the ratios of neighbouring turns
  double lowest = 0;
  double highest = 0;
  std::size_t pairs = 0;
};

inline Comparison compare(const Load& one, const Load& other, std::size_t pairs,
                          std::chrono::milliseconds turn) {
  std::vector<double> ones;
  std::vector<double> others;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < pairs; ++i) {
    ones.push_back(rate(one, turn));
    others.push_back(rate(other, turn));
    ratios.push_back(ones.back() / others.back());
  }
  return {median(ones),
          median(others),
          median(ratios),
          *std::min_element(ratios.begin(), ratios.end()),
          *std::max_element(ratios.begin(), ratios.end()),
          pairs};
}

}  // namespace vow::bench
