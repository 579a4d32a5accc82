// HTTP for a service: routes, until somebody ends the process with SIGTERM or SIGINT.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <Poco/JSON/Object.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>

namespace shop {

using Request = Poco::Net::HTTPServerRequest;
using Response = Poco::Net::HTTPServerResponse;
using Status = Poco::Net::HTTPResponse::HTTPStatus;

struct BadRequest : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The whole body of a request, a JSON object. What is not as it should be throws BadRequest, which is
// answered with 400.
class Body {
 public:
  explicit Body(Request& request);
  [[nodiscard]] std::string text(const std::string& key) const;
  // 0 or more.
  [[nodiscard]] std::int64_t count(const std::string& key) const;
  [[nodiscard]] const Poco::JSON::Object& json() const { return *object_; }

 private:
  Poco::JSON::Object::Ptr object_;
};

void answer(Response& response, Status status, const Poco::JSON::Object& body);
[[nodiscard]] std::string text_of(const Poco::JSON::Object& object);

class Routes {
 public:
  // `name` is what follows `path` in the request's: "/accounts/ada" for the path "/accounts/" has the name
  // "ada".
  using Handler = std::function<void(Request& request, Response& response, const std::string& name)>;
  void add(const std::string& method, const std::string& path, Handler handler) {
    all_.push_back({method, path, std::move(handler)});
  }
  // GET /health answers 200 by itself.
  void handle(Request& request, Response& response) const;

 private:
  struct Route {
    std::string method;
    std::string path;
    Handler handler;
  };
  std::vector<Route> all_;
};

// The whole of main(): runs `service` and says what went wrong, if anything. SIGTERM and SIGINT wait for
// serve_until_stopped().
int run_service(const std::function<void()>& service);
// Returns once it is asked to end, and what was under way is answered.
void serve_until_stopped(const std::string& name, const std::string& address, const Routes& routes);

}  // namespace shop
