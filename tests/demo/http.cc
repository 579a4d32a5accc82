#include "tests/demo/http.h"

#include <istream>
#include <ostream>

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>

namespace vow::demo::http {

Poco::JSON::Object Answer::json() const {
  try {
    return *Poco::JSON::Parser().parse(body).extract<Poco::JSON::Object::Ptr>();
  } catch (const Poco::Exception&) {
    return Poco::JSON::Object();
  }
}

Answer send(const std::string& method, std::uint16_t port, const std::string& path, const std::string& body) {
  try {
    Poco::Net::HTTPClientSession session("127.0.0.1", port);
    session.setTimeout(Poco::Timespan(30, 0));
    Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPRequest::HTTP_1_1);
    request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    Answer got;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), got.body);
    got.status = response.getStatus();
    return got;
  } catch (const Poco::Exception&) {
    return {};
  }
}

Answer get(std::uint16_t port, const std::string& path) { return send("GET", port, path, ""); }

}  // namespace vow::demo::http
