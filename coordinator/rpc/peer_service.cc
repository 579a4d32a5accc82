#include "coordinator/rpc/peer_service.h"

#include <utility>

#include <fmt/format.h>

#include "coordinator/base/limits.h"

namespace vow::rpc {

using wire::peer::Verdict;

PeerService::PeerService(NodeId self, std::function<void(const std::string&)> log)
    : self_(self), log_(std::move(log)) {}

void PeerService::set_meet_answer(const MeetAnswer& answer) {
  const std::lock_guard lock(mutex_);
  meet_answer_ = to_wire(answer);
}

void PeerService::start_delivery(PeerLinks& links, Deliver deliver) {
  const std::lock_guard lock(delivery_);
  links_ = &links;
  deliver_ = std::move(deliver);
}

void PeerService::stop_delivery() {
  const std::lock_guard lock(delivery_);
  links_ = nullptr;
  deliver_ = nullptr;
}

std::optional<FrameHeader> PeerService::invitation() const {
  const std::lock_guard lock(mutex_);
  return invitation_;
}

PeerService::Figures PeerService::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void PeerService::meet(std::function<void(const wire::peer::MeetAnswer&)> answer) {
  wire::peer::MeetAnswer said;
  {
    const std::lock_guard lock(mutex_);
    said = meet_answer_;
  }
  answer(said);
}

void PeerService::deliver(std::function<void(const wire::peer::Delivered&)> answer,
                          const std::string& frame) {
  wire::peer::Delivered delivered;
  delivered.verdict = take(frame);
  delivered.node = static_cast<std::int64_t>(self_.value());
  {
    const std::lock_guard lock(mutex_);
    ++figures_.frames;
    figures_.bytes += frame.size();
    figures_.refused += delivered.verdict == Verdict::taken ? 0 : 1;
  }
  answer(delivered);
}

Verdict::type PeerService::take(const std::string& frame) {
  auto reader = FrameReader::open(frame);
  if (!reader) {
    complain(reader.error());
    return Verdict::damaged;
  }
  const FrameHeader& header = reader->header();
  if (header.to != self_) {
    complain(
        fmt::format("node {} at '{}' takes this node ({}) for {}: correct that member's peer address, "
                    "or let the right node listen here",
                    header.from.value(), header.address, self_.value(), header.to.value()));
    return Verdict::wrong_receiver;
  }
  if (header.from == self_) {
    complain(
        fmt::format("a node at '{}' has this node's id ({}): its disk is a copy of this one's, or this one's "
                    "of it; stop one of them, and add it anew with an empty data folder",
                    header.address, self_.value()));
    return Verdict::wrong_receiver;
  }
  const std::shared_lock lock(delivery_);
  if (links_ == nullptr) {
    const std::lock_guard figures_lock(mutex_);
    invitation_ = header;
    return Verdict::not_ready;
  }
  if (!links_->heard_from(header)) {
    complain(
        fmt::format("node {} at '{}' is a member of cell {}, this node of cell {}: one of the two has a "
                    "wrong peer address in its configuration",
                    header.from.value(), header.address, header.cell.value(), links_->cell().value()));
    return Verdict::wrong_cell;
  }
  return take_from(*reader);
}

Verdict::type PeerService::take_from(FrameReader& reader) {
  std::vector<node::PeerMessage> messages;
  while (auto message = reader.next()) messages.push_back(*std::move(message));
  const std::size_t count = messages.size();
  const bool taken = messages.empty() || deliver_(std::move(messages));
  if (reader.damaged()) {
    complain(fmt::format("bytes of a frame from node {} at '{}' changed on their way",
                         reader.header().from.value(), reader.header().address));
    return Verdict::damaged;
  }
  if (!taken) return Verdict::not_ready;
  const std::lock_guard lock(mutex_);
  figures_.messages += count;
  return Verdict::taken;
}

void PeerService::complain(const std::string& what) {
  constexpr auto once_in = std::chrono::seconds(10);
  std::uint64_t kept_back = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (complained_ && now < *complained_ + once_in) {
      ++complaints_kept_back_;
      return;
    }
    complained_ = now;
    kept_back = std::exchange(complaints_kept_back_, 0);
  }
  log_(kept_back == 0 ? "refused a peer's frame: " + what
                      : fmt::format("refused a peer's frame: {} ({} more refused since the last such line)",
                                    what, kept_back));
}

ServerOptions peer_server_options() {
  ServerOptions options;
  options.thread_name = "vow-peer-in";
  options.frame_bytes_max = peer_frame_bytes_max + 1024;
  options.string_bytes_max = peer_frame_bytes_max;
  options.container_elements_max = 2 * limits::members_max;
  options.connections_max = 256;
  options.calls_in_flight_max = 256;
  return options;
}

}  // namespace vow::rpc
