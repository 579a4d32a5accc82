// One connection: reads a request, has it answered, writes the response, and so on until either side has
// enough.
#pragma once

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/StreamSocket.h>

#include "coordinator/http/connections.h"
#include "coordinator/http/router.h"

namespace vow::http {

class ConnectionServer {
 public:
  ConnectionServer(const Options& options, Connections& connections, Router& router);
  // To its end. Never throws.
  void serve(Poco::Net::StreamSocket& socket) const;

 private:
  const Options& options_;
  Connections& connections_;
  Router& router_;
  Poco::Net::HTTPServerParams::Ptr params_ = new Poco::Net::HTTPServerParams;
};

}  // namespace vow::http
