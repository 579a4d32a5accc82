// An HTTP server on a port of the loopback, for as long as the object lives.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>

namespace vow::testing {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

inline Poco::Net::ServerSocket loopback_socket() {
  return Poco::Net::ServerSocket(Poco::Net::SocketAddress("127.0.0.1", 0));
}

class HttpService {
 public:
  using Handle = std::function<void(HTTPServerRequest&, HTTPServerResponse&)>;

  explicit HttpService(Handle handle)
      : server_(new Factory(std::move(handle)), threads_, socket_, new Poco::Net::HTTPServerParams) {
    server_.start();
  }
  ~HttpService() {
    server_.stopAll(true);
    threads_.joinAll();
  }
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;

  [[nodiscard]] std::uint16_t port() const { return socket_.address().port(); }

 private:
  class Handler final : public Poco::Net::HTTPRequestHandler {
   public:
    explicit Handler(const Handle& handle) : handle_(handle) {}
    void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
      handle_(request, response);
    }

   private:
    const Handle& handle_;
  };
  class Factory final : public Poco::Net::HTTPRequestHandlerFactory {
   public:
    explicit Factory(Handle handle) : handle_(std::move(handle)) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
      return new Handler(handle_);
    }

   private:
    const Handle handle_;
  };

  Poco::ThreadPool threads_{2, 32};
  const Poco::Net::ServerSocket socket_ = loopback_socket();
  Poco::Net::HTTPServer server_;
};

}  // namespace vow::testing
