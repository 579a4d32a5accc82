#include "http/server.h"

#include <csignal>
#include <cstdio>
#include <sstream>

#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

namespace shop {
namespace {

using Poco::Net::HTTPResponse;

void answer_problem(Response& response, Status status, const std::string& detail) {
  if (response.sent()) return;
  Poco::JSON::Object problem;
  problem.set("detail", detail);
  answer(response, status, problem);
}

class RoutesHandler final : public Poco::Net::HTTPRequestHandler {
 public:
  explicit RoutesHandler(const Routes& routes) : routes_(routes) {}
  void handleRequest(Request& request, Response& response) override {
    try {
      routes_.handle(request, response);
    } catch (const BadRequest& why) {
      answer_problem(response, HTTPResponse::HTTP_BAD_REQUEST, why.what());
    } catch (const std::exception& why) {
      std::fprintf(stderr, "%s %s: %s\n", request.getMethod().c_str(), request.getURI().c_str(), why.what());
      answer_problem(response, HTTPResponse::HTTP_INTERNAL_SERVER_ERROR, "the service's log says why");
    }
  }

 private:
  const Routes& routes_;
};

class RoutesFactory final : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit RoutesFactory(const Routes& routes) : routes_(routes) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new RoutesHandler(routes_);
  }

 private:
  const Routes& routes_;
};

sigset_t signals_that_end() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Body::Body(Request& request) {
  std::string text;
  Poco::StreamCopier::copyToString(request.stream(), text);
  try {
    object_ = Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
  } catch (const Poco::Exception&) {
    throw BadRequest("the body is no JSON object");
  }
}

std::string Body::text(const std::string& key) const {
  const auto is = object_->get(key);
  if (!is.isString()) throw BadRequest("'" + key + "' must be a text");
  return is.toString();
}

std::int64_t Body::count(const std::string& key) const {
  const auto is = object_->get(key);
  const bool is_count = is.isInteger() && is.convert<std::int64_t>() >= 0;
  if (!is_count) throw BadRequest("'" + key + "' must be a whole number, 0 or more");
  return is.convert<std::int64_t>();
}

std::string text_of(const Poco::JSON::Object& object) {
  std::ostringstream text;
  object.stringify(text);
  return text.str();
}

void answer(Response& response, Status status, const Poco::JSON::Object& body) {
  response.setStatusAndReason(status);
  response.setContentType("application/json");
  const std::string text = text_of(body);
  response.sendBuffer(text.data(), text.size());
}

void Routes::handle(Request& request, Response& response) const {
  const std::string path = Poco::URI(request.getURI()).getPath();
  for (const Route& route : all_) {
    const bool fits = route.path.ends_with('/') ? path.starts_with(route.path) : path == route.path;
    if (!fits || request.getMethod() != route.method) continue;
    return route.handler(request, response, path.substr(route.path.size()));
  }
  const bool is_alive = path == "/health";
  Poco::JSON::Object body;
  body.set("detail", is_alive ? "well" : "there is nothing at " + path);
  answer(response, is_alive ? HTTPResponse::HTTP_OK : HTTPResponse::HTTP_NOT_FOUND, body);
}

// Signals are held back before other threads begin, so that none of those gets them.
int run_service(const std::function<void()>& service) {
  const sigset_t ends = signals_that_end();
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  try {
    service();
    return 0;
  } catch (const Poco::Exception& why) {
    std::fprintf(stderr, "%s\n", why.displayText().c_str());
  } catch (const std::exception& why) {
    std::fprintf(stderr, "%s\n", why.what());
  }
  return 1;
}

void serve_until_stopped(const std::string& name, const std::string& address, const Routes& routes) {
  Poco::Net::HTTPServerParams::Ptr how = new Poco::Net::HTTPServerParams;
  how->setMaxThreads(64);
  Poco::ThreadPool threads(4, 64);
  Poco::Net::HTTPServer server(new RoutesFactory(routes), threads,
                               Poco::Net::ServerSocket(Poco::Net::SocketAddress(address)), how);
  server.start();
  std::fprintf(stderr, "%s listens on %s\n", name.c_str(), server.socket().address().toString().c_str());
  const sigset_t ends = signals_that_end();
  int signal = 0;
  sigwait(&ends, &signal);
  server.stopAll(false);
  threads.joinAll();
}

}  // namespace shop
