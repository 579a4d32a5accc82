#include "tests/cli/scripted_node.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <fmt/format.h>

namespace vow::cli {

class ScriptedHandler : public Poco::Net::HTTPRequestHandler {
 public:
  explicit ScriptedHandler(ScriptedNode& node) : node_(node) {}

  void handleRequest(Poco::Net::HTTPServerRequest& request,
                     Poco::Net::HTTPServerResponse& response) override {
    AskedFor asked{request.getMethod(), request.getURI(), ""};
    Poco::StreamCopier::copyToString(request.stream(), asked.body);
    const ScriptedNode::Reply reply = node_.take(std::move(asked));
    if (reply.hang_up) {
      dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request).socket().shutdown();
      return;
    }
    response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(reply.status));
    response.setContentType("application/json");
    response.setContentLength(static_cast<std::streamsize>(reply.body.size()));
    response.send() << reply.body;
  }

 private:
  ScriptedNode& node_;
};

namespace {

class Factory : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(ScriptedNode& node) : node_(node) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new ScriptedHandler(node_);
  }

 private:
  ScriptedNode& node_;
};

}  // namespace

ScriptedNode::ScriptedNode() {
  Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
  Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
  server_ = std::make_unique<Poco::Net::HTTPServer>(new Factory(*this), socket, params);
  server_->start();
}

ScriptedNode::~ScriptedNode() { server_->stopAll(/*abortCurrent=*/true); }

std::string ScriptedNode::address() const { return fmt::format("127.0.0.1:{}", server_->port()); }

void ScriptedNode::answer(const std::string& method, const std::string& path, const std::string& body,
                          int status) {
  const std::lock_guard lock(mutex_);
  script_[method + " " + path] = {status, body, false};
}

void ScriptedNode::hang_up_on(const std::string& method, const std::string& path) {
  const std::lock_guard lock(mutex_);
  script_[method + " " + path] = {0, "", true};
}

void ScriptedNode::lead() {
  answer(
      "GET", "/v1/cluster",
      fmt::format(
          R"({{"node":"1","leading":true,"leader":"1","term":4,"committed":120,"applied":120,"snapshot":100,
         "members":[{{"node":"1","role":"leader","peer":"a:7401","client":"a:7400","http":"{}","matched":120,
         "active":true}}]}})",
          address()));
}

std::vector<AskedFor> ScriptedNode::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

std::vector<AskedFor> ScriptedNode::changes() const {
  std::vector<AskedFor> changes;
  for (const AskedFor& each : asked()) {
    if (each.method != "GET") changes.push_back(each);
  }
  return changes;
}

ScriptedNode::Reply ScriptedNode::take(AskedFor request) {
  const std::lock_guard lock(mutex_);
  const auto at = script_.find(request.method + " " + request.path);
  asked_.push_back(std::move(request));
  return at == script_.end() ? Reply{404, R"({"code":"not_found","what":"there is no such thing"})", false}
                             : at->second;
}

}  // namespace vow::cli
