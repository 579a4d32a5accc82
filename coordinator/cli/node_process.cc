#include "coordinator/cli/node_process.h"

#include <future>
#include <random>
#include <thread>

#include "coordinator/cli/node_options.h"
#include "coordinator/cli/node_store.h"
#include "coordinator/dispatch/coordinator_loop.h"
#include "coordinator/http/server.h"
#include "coordinator/node/boot.h"
#include "coordinator/node/disk_thread.h"
#include "coordinator/rpc/handler.h"
#include "coordinator/rpc/meeting.h"
#include "coordinator/rpc/peer_links.h"
#include "coordinator/rpc/peer_service.h"
#include "coordinator/rpc/server.h"

namespace vow::cli {
namespace {

using namespace std::chrono_literals;

std::uint64_t draw() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::string with_port(const Endpoint& advertised, std::uint16_t port) {
  Endpoint endpoint = advertised;
  if (endpoint.port == 0) endpoint.port = port;
  return to_string(endpoint);
}

}  // namespace

// In the order of their making; they end in the opposite order, but for what the destructor ends by hand.
struct NodeProcess::Parts {
  using Failed = std::optional<std::string>;

  Parts(const ServeConfig& the_config, Log the_log) : config(the_config), log(std::move(the_log)) {}
  ~Parts();

  [[nodiscard]] Failed open_store();
  [[nodiscard]] Failed listen_to_peers();
  [[nodiscard]] Failed have_a_cell(const std::atomic<bool>& stop);
  [[nodiscard]] Failed begin(const rpc::BeginCell& beginning);
  [[nodiscard]] Failed run();
  [[nodiscard]] Failed open_doors();
  void members_changed(const raft::Configuration& configuration, const machine::Members& members);
  void look_at_members();
  void pass_on_addresses();

  [[nodiscard]] std::function<void(std::string)> say(LogLevel level) const {
    return [log = log, level](const std::string& what) { log(level, what); };
  }

  const ServeConfig config;
  const Log log;
  Random random{draw()};
  std::unique_ptr<NodeStore> store;
  std::shared_ptr<rpc::PeerService> peer_service;
  std::unique_ptr<rpc::Server> peer_server;
  MemberAddresses own;
  std::unique_ptr<dispatch::Replica> replica;
  std::unique_ptr<dispatch::NodeCoordinator> coordinator;
  std::unique_ptr<dispatch::CoordinatorLoop> loop;
  std::unique_ptr<node::DiskThread> disk;
  std::unique_ptr<rpc::PeerLinks> links;
  std::unique_ptr<rpc::Server> client_server;
  std::unique_ptr<http::Server> http_server;
  // Of the loop: the members as the links know them.
  raft::Configuration linked;
  machine::Members linked_members;
  std::chrono::steady_clock::time_point passed_on_at;
};

NodeProcess::Parts::~Parts() {
  if (http_server) http_server->stop();
  if (client_server) client_server->stop();
  if (peer_service) peer_service->stop_delivery();
  if (peer_server) peer_server->stop();
  if (loop) loop->stop();
}

NodeProcess::Parts::Failed NodeProcess::Parts::open_store() {
  auto opened = NodeStore::open(config.node.data, random.fork());
  if (!opened) return opened.error().what;
  store = *std::move(opened);
  return std::nullopt;
}

NodeProcess::Parts::Failed NodeProcess::Parts::listen_to_peers() {
  peer_service = std::make_shared<rpc::PeerService>(store->identity().node, say(LogLevel::warning));
  rpc::ServerOptions options = rpc::peer_server_options();
  options.address = config.peer.listen.host;
  options.port = config.peer.listen.port;
  options.log = say(LogLevel::warning);
  peer_server =
      std::make_unique<rpc::Server>(options, std::make_shared<wire::peer::PeerAsyncProcessor>(peer_service));
  const auto port = peer_server->start();
  if (!port) return port.error();
  own.peer = with_port(config.peer.advertise, *port);
  return std::nullopt;
}

NodeProcess::Parts::Failed NodeProcess::Parts::have_a_cell(const std::atomic<bool>& stop) {
  if (store->has_cell()) return std::nullopt;
  std::vector<std::string> addresses;
  for (const Endpoint& endpoint : config.cluster.initial) addresses.push_back(to_string(endpoint));
  if (addresses.empty()) addresses.push_back(own.peer);
  auto initial = rpc::parse_peer_list(addresses);
  if (!initial) return initial.error();
  const rpc::MeetingOptions options{.self = store->identity().node,
                                    .initial = *initial,
                                    .process = draw(),
                                    .log = say(config.cluster.join ? LogLevel::warning : LogLevel::info)};
  auto met = config.cluster.join ? rpc::wait_to_be_added(options, *peer_service, stop)
                                 : rpc::hold_meeting(options, *peer_service, stop);
  if (!met) return met.error();
  if (!*met) return "stopped before this node had a cell";
  return begin(**met);
}

NodeProcess::Parts::Failed NodeProcess::Parts::begin(const rpc::BeginCell& beginning) {
  const rpc::FormedCell& cell = beginning.cell;
  dispatch::Replica first(decision_options(config));
  raft::Configuration configuration;
  if (beginning.with_first_members) {
    machine::Members members;
    for (const auto& [node, address] : cell.members) {
      members[node].peer = address;
      configuration.voters.insert(node);
    }
    first.found({cell.identity.cell, cell.identity.incarnation}, members);
  }
  const auto begun = store->begin(cell.identity.cell, cell.identity.incarnation, first, configuration);
  if (!begun) return begun.error().what;
  log(LogLevel::info, fmt::format("node {} belongs to cell {} from now on, with {} first members",
                                  store->identity().node.value(), cell.identity.cell, cell.members.size()));
  return std::nullopt;
}

NodeProcess::Parts::Failed NodeProcess::Parts::run() {
  if (const auto opened = store->open_log(); !opened) return opened.error().what;
  const NodeId self = store->identity().node;
  replica = std::make_unique<dispatch::Replica>(decision_options(config));
  auto restored = node::recover(store->log(), store->snapshots(), *replica);
  if (!restored) return restored.error().what;

  own.client = to_string(config.client.advertise);
  own.http = to_string(config.http.advertise);
  coordinator =
      std::make_unique<dispatch::NodeCoordinator>(coordinator_options(config, own), *replica, random.fork());
  loop = std::make_unique<dispatch::CoordinatorLoop>(
      node::Runner::Options{.tick = std::chrono::milliseconds(config.raft.tick_ms)}, *coordinator);
  disk = std::make_unique<node::DiskThread>(
      store->log(), store->snapshots(), [this](node::DiskEvent event) { loop->report(std::move(event)); });
  if (auto failed = open_doors()) return failed;
  links = std::make_unique<rpc::PeerLinks>(rpc::PeerLinks::Options{.self = self,
                                                                   .cell = CellId(store->identity().cell),
                                                                   .address = own.peer,
                                                                   .client_address = own.client,
                                                                   .http_address = own.http,
                                                                   .seed = random.next(),
                                                                   .link = {},
                                                                   .log = say(LogLevel::info)});
  members_changed(restored->configuration, replica->machine().members());
  auto node = std::make_unique<node::Node>(node_options(config, self), *std::move(restored),
                                           node::Node::Ports{*links, *disk, *replica}, random.fork());
  loop->at_turn_end([this] { look_at_members(); });
  loop->start(std::move(node));
  peer_service->start_delivery(
      *links, [this](std::vector<node::PeerMessage> messages) { return loop->deliver(std::move(messages)); });
  return std::nullopt;
}

// The doors take calls before the loop runs: those wait for it.
NodeProcess::Parts::Failed NodeProcess::Parts::open_doors() {
  rpc::ServerOptions options = client_server_options(config);
  options.log = say(LogLevel::warning);
  const rpc::HandlerOptions handler_options{
      .limits = {.string_bytes_max = options.string_bytes_max,
                 .container_elements_max = options.container_elements_max}};
  client_server = std::make_unique<rpc::Server>(
      options, std::make_shared<rpc::Handler>(handler_options, *loop, options.io_threads));
  const auto client_port = client_server->start();
  if (!client_port) return client_port.error();
  own.client = with_port(config.client.advertise, *client_port);

  http::Options http_options = http_server_options(config);
  http_options.self = store->identity().node;
  http_options.on_operator_act = [log = log](const http::OperatorAct& act) {
    log(LogLevel::info, fmt::format("{} by {} ({}): {}", act.what, act.word.who, act.word.why, act.status));
  };
  http_server = std::make_unique<http::Server>(http_options, *loop);
  const auto http_port = http_server->start();
  if (!http_port) return http_port.error();
  own.http = with_port(config.http.advertise, *http_port);
  coordinator->set_own_addresses(own);
  return std::nullopt;
}

void NodeProcess::Parts::look_at_members() {
  const raft::Configuration& configuration = coordinator->node().raft().configuration();
  const machine::Members& members = coordinator->machine().members();
  if (configuration != linked || members != linked_members) members_changed(configuration, members);
  pass_on_addresses();
}

// What the members say of themselves becomes known to the cell through the one that leads.
void NodeProcess::Parts::pass_on_addresses() {
  const auto now = std::chrono::steady_clock::now();
  if (!coordinator->is_leading() || now < passed_on_at + 500ms) return;
  passed_on_at = now;
  for (const auto& [node, addresses] : links->what_peers_say()) {
    if (linked.is_member(node)) coordinator->described(node, addresses);
  }
}

void NodeProcess::Parts::members_changed(const raft::Configuration& configuration,
                                         const machine::Members& members) {
  linked = configuration;
  linked_members = members;
  std::map<NodeId, std::string> peers;
  rpc::FormedCell cell{{store->identity().cell, store->identity().incarnation}, {}};
  for (const NodeId node : configuration.members()) {
    const auto known = members.find(node);
    peers[node] = known == members.end() ? std::string() : known->second.peer;
    cell.members[node] = peers[node];
  }
  links->set_peers(peers);
  peer_service->set_meet_answer(rpc::formed_answer(store->identity().node, cell));
}

Result<std::unique_ptr<NodeProcess>, std::string> NodeProcess::start(const ServeConfig& config, Log log,
                                                                     const std::atomic<bool>& stop) {
  auto parts = std::make_unique<Parts>(config, std::move(log));
  for (const auto& step : {std::function([&] { return parts->open_store(); }),
                           std::function([&] { return parts->listen_to_peers(); }),
                           std::function([&] { return parts->have_a_cell(stop); }),
                           std::function([&] { return parts->run(); })}) {
    if (auto failed = step()) return Failure{*std::move(failed)};
  }
  return std::unique_ptr<NodeProcess>(new NodeProcess(std::move(parts)));
}

NodeProcess::NodeProcess(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
NodeProcess::~NodeProcess() = default;

void NodeProcess::drain(std::chrono::milliseconds at_most) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (std::chrono::steady_clock::now() < end && stopped().empty()) {
    const auto asked = std::make_shared<std::promise<bool>>();
    auto answer = asked->get_future();
    const bool posted = parts_->loop->post(
        [this, asked](dispatch::Coordinator&) { asked->set_value(parts_->coordinator->drain()); });
    if (posted && answer.wait_until(end) == std::future_status::ready && !answer.get()) return;
    std::this_thread::sleep_for(20ms);
  }
}

NodeId NodeProcess::node() const { return parts_->store->identity().node; }
std::string NodeProcess::client_address() const { return parts_->own.client; }
std::string NodeProcess::peer_address() const { return parts_->own.peer; }
std::string NodeProcess::http_address() const { return parts_->own.http; }
dispatch::Loop& NodeProcess::loop() { return *parts_->loop; }

std::uint64_t NodeProcess::log_syncs() const { return parts_->disk->log_syncs(); }

std::string NodeProcess::stopped() const {
  const auto why = parts_->loop->stopped();
  return why ? why->what : std::string();
}

}  // namespace vow::cli
