// Cuts a stream of bytes into frames. It keeps what has arrived and nothing else: a frame's declared length
// is compared with the limit, and never allocated.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "coordinator/rpc/message.h"

namespace vow::rpc {

class FrameCutter {
 public:
  enum class Status : std::uint8_t {
    fed,        // all whole frames are handed over
    stopped,    // `each` wanted no more; feed({}) goes on
    too_large,  // a frame declares more than the limit; the stream is useless from here
    empty,      // a frame declares no message; likewise
  };

  explicit FrameCutter(std::uint32_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

  // Hands the message of each frame that is whole to `each(Bytes) -> bool`, which says whether it takes more.
  // The messages live until this returns; `at_end` is called before that, for who collects them first.
  template <class Each, class AtEnd>
  [[nodiscard]] Status feed(Bytes arrived, Each each, AtEnd at_end) {
    if (kept_.empty()) {
      const Cut cut = cut_from(arrived, each);
      at_end();
      kept_.assign(reinterpret_cast<const char*>(arrived.data()) + cut.used, arrived.size() - cut.used);
      return cut.status;
    }
    kept_.append(reinterpret_cast<const char*>(arrived.data()), arrived.size());
    if (kept_.size() < wanted_) return Status::fed;
    const Cut cut = cut_from({reinterpret_cast<const std::uint8_t*>(kept_.data()), kept_.size()}, each);
    at_end();
    kept_.erase(0, cut.used);
    if (kept_.empty() && kept_.capacity() > kept_capacity_max) kept_ = {};
    return cut.status;
  }

  template <class Each>
  [[nodiscard]] Status feed(Bytes arrived, Each each) {
    return feed(arrived, each, [] {});
  }

  // Bytes that wait for the rest of their frame, or to be taken.
  [[nodiscard]] std::size_t kept() const { return kept_.size(); }
  // Memory that holds them.
  [[nodiscard]] std::size_t capacity() const { return kept_.capacity(); }

 private:
  static constexpr std::size_t kept_capacity_max = 4096;
  struct Cut {
    Status status;
    std::size_t used;
  };

  template <class Each>
  Cut cut_from(Bytes bytes, Each& each) {
    std::size_t at = 0;
    while (bytes.size() - at >= frame_header_bytes) {
      const std::uint32_t size = load_u32(bytes.data() + at);
      if (size > frame_bytes_max_) return {Status::too_large, at};
      if (size == 0) return {Status::empty, at};
      if (bytes.size() - at - frame_header_bytes < size) {
        wanted_ = frame_header_bytes + size;
        return {Status::fed, at};
      }
      const Bytes message = bytes.subspan(at + frame_header_bytes, size);
      at += frame_header_bytes + size;
      if (!each(message)) {
        wanted_ = 0;
        return {Status::stopped, at};
      }
    }
    wanted_ = 0;
    return {Status::fed, at};
  }

  std::uint32_t frame_bytes_max_;
  std::string kept_;
  std::size_t wanted_ = 0;  // the frame that has begun is whole when so much is kept
};

}  // namespace vow::rpc
