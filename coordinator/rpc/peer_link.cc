#include "coordinator/rpc/peer_link.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace vow::rpc {
namespace {

using wire::peer::Verdict;

// A peer that talks but does not listen must not make the loop spin.
constexpr std::uint64_t retry_ms_min = 50;

std::uint64_t now_ms() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

}  // namespace

PeerLink::PeerLink(NodeId peer, std::shared_ptr<PeerOutbox> outbox, House house, Random random)
    : peer_(peer),
      outbox_(std::move(outbox)),
      house_(std::move(house)),
      random_(random),
      timer_(house_.base, -1, 0, [this] { on_timer(); }),
      backoff_ms_(house_.options.backoff_ms_min) {}

PeerLink::~PeerLink() {
  ++*lookup_;
  outbox_->set_online(false);
}

void PeerLink::set_address(const std::string& address) {
  if (address == address_) return;
  if (state_ != State::waiting) lost("its address has changed");
  address_ = address;
  outbox_->count([&](PeerFigures& figures) { figures.address = address; });
  backoff_ms_ = house_.options.backoff_ms_min;
  problem_is_told_ = false;
  if (address_.empty()) {
    timer_.disable();
  } else {
    wait(0);
  }
}

void PeerLink::heard_from() {
  if (state_ != State::waiting || address_.empty()) return;
  const std::uint64_t waited_ms = now_ms() - state_since_ms_;
  timer_.enable_after(waited_ms < retry_ms_min ? retry_ms_min - waited_ms : 0);
}

void PeerLink::wait(std::uint64_t ms) {
  state_ = State::waiting;
  state_since_ms_ = now_ms();
  timer_.enable_after(ms);
}

void PeerLink::attempt() {
  state_ = State::connecting;
  state_since_ms_ = now_ms();
  closed_.reset();
  timer_.enable_after(house_.options.connect_ms_max);
  const auto address = parse_peer_address(address_);
  if (!address) return lost(address.error());
  const std::uint64_t lookup = ++*lookup_;
  house_.resolver.resolve(*address,
                          [this, lookup, alive = lookup_, post = house_.post](const Resolved& addresses) {
                            post([this, lookup, alive, addresses] {
                              if (*alive == lookup) connect(addresses);
                            });
                          });
}

void PeerLink::connect(const Resolved& addresses) {
  if (!addresses) return lost(addresses.error());
  const SocketAddress& to = (*addresses)[attempts_++ % addresses->size()];
  PeerConnection::Owner owner;
  owner.on_open = [this] {
    state_ = State::greeting;
    greet();
  };
  owner.on_answer = [this](std::int32_t seqid, const wire::peer::Delivered& answer) {
    on_answer(seqid, answer);
  };
  owner.on_drained = [this] { pump(); };
  owner.on_down = [this](const std::string& why) { lost(why); };
  connection_ =
      std::make_unique<PeerConnection>(house_.base, to, house_.options.silent_ms_max, std::move(owner));
}

void PeerLink::on_answer(std::int32_t seqid, const wire::peer::Delivered& answer) {
  const auto found = flights_.find(seqid);
  if (found == flights_.end()) return lost("it answered what was not asked");
  const Flight flight = found->second;
  flights_.erase(found);
  in_flight_.bytes -= flight.bytes;
  in_flight_.chunks -= flight.chunks;
  progress_ms_ = now_ms();

  if (answer.verdict != Verdict::taken && flight.messages > 0)
    outbox_->count([&](PeerFigures& figures) { figures.messages_lost += flight.messages; });
  switch (answer.verdict) {
    case Verdict::wrong_receiver:
      return lost(
          fmt::format("that address leads to node {}; correct this member's peer address, or let the "
                      "right node listen there",
                      static_cast<std::uint64_t>(answer.node)));
    case Verdict::wrong_cell:
      return lost("it is a member of another cell; correct this member's peer address");
    case Verdict::damaged:
      return lost("bytes changed on their way to it");
    case Verdict::taken:
    case Verdict::not_ready:
      break;
  }
  if (state_ == State::greeting) return greeted(answer.verdict == Verdict::taken);
  pump();
}

void PeerLink::greeted(bool is_ready) {
  if (!is_ready) {
    outbox_->count([](PeerFigures& figures) { figures.last_problem = "it is starting, or has no cell yet"; });
    timer_.enable_after(house_.options.greet_starting_ms);
    return;
  }
  state_ = State::connected;
  backoff_ms_ = house_.options.backoff_ms_min;
  outbox_->count([](PeerFigures& figures) { ++figures.connects; });
  outbox_->set_online(true);
  house_.log(fmt::format("connected to node {} at {}", peer_.value(), address_));
  problem_is_told_ = false;
  timer_.enable_after(house_.options.greet_every_ms / 2);
  pump();
}

void PeerLink::greet() {
  timer_.enable_after(house_.options.silent_ms_max);
  send({});
}

void PeerLink::pump() {
  const PeerLinkOptions& options = house_.options;
  while (state_ == State::connected && connection_->has_room() &&
         in_flight_.bytes < options.flight_bytes_max && flights_.size() < options.flight_frames_max) {
    const PeerQueue::Batch batch =
        outbox_->take(peer_frame_bytes, in_flight_.chunks < options.flight_chunks_max);
    if (batch.messages.empty()) return;
    send(batch);
  }
}

void PeerLink::send(const PeerQueue::Batch& batch) {
  FrameWriter frame(house_.header(peer_));
  for (const node::PeerMessage& message : batch.messages) frame.add(message);
  const std::int32_t seqid = next_seqid_;
  next_seqid_ = next_seqid_ == INT32_MAX ? 1 : next_seqid_ + 1;
  const std::size_t bytes = connection_->deliver(seqid, frame.take());
  last_sent_ms_ = now_ms();
  if (flights_.empty()) progress_ms_ = last_sent_ms_;
  flights_.emplace(seqid, Flight{batch.bytes, batch.messages.size(), batch.chunks});
  in_flight_.bytes += batch.bytes;
  in_flight_.chunks += batch.chunks;
  outbox_->count([&](PeerFigures& figures) {
    ++figures.frames_sent;
    figures.messages_sent += batch.messages.size();
    figures.bytes_sent += bytes;
  });
}

void PeerLink::on_timer() {
  const PeerLinkOptions& options = house_.options;
  const std::uint64_t now = now_ms();
  switch (state_) {
    case State::waiting:
      return attempt();
    case State::connecting:
      return lost(fmt::format("no connection within {} ms", options.connect_ms_max));
    case State::greeting:
      if (flights_.empty()) return greet();
      return lost(
          fmt::format("it accepts connections but has answered nothing for {} ms", options.silent_ms_max));
    case State::connected:
      if (!flights_.empty() && now >= progress_ms_ + options.silent_ms_max)
        return lost(fmt::format("it has answered nothing for {} ms", now - progress_ms_));
      if (flights_.empty() && connection_->has_room() && now >= last_sent_ms_ + options.greet_every_ms)
        send({});
      timer_.enable_after(
          std::max<std::uint64_t>(1, std::min(options.greet_every_ms, options.silent_ms_max) / 2));
  }
}

void PeerLink::lost(const std::string& why) {
  ++*lookup_;
  std::size_t messages = 0;
  for (const auto& [seqid, flight] : flights_) messages += flight.messages;
  flights_.clear();
  in_flight_ = {};
  if (connection_) connection_->close();
  closed_ = std::move(connection_);
  outbox_->set_online(false);
  outbox_->count([&](PeerFigures& figures) {
    figures.messages_lost += messages;
    figures.last_problem = why;
  });
  if (!problem_is_told_) {
    house_.log(fmt::format("no connection to node {} at {}: {}; trying again", peer_.value(), address_, why));
    problem_is_told_ = true;
  }
  wait(random_.between(backoff_ms_ / 2, backoff_ms_));
  backoff_ms_ = std::min(2 * backoff_ms_, house_.options.backoff_ms_max);
}

}  // namespace vow::rpc
