// One connection: reads a request, has it answered, writes the response, and so on until either side has
// enough.
#pragma once

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include "coordinator/http/connections.h"
#include "coordinator/http/router.h"

namespace vow::http {

class ConnectionFactory final : public Poco::Net::TCPServerConnectionFactory {
 public:
  ConnectionFactory(const Options& options, Connections& connections, Router& router);
  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override;

 private:
  const Options& options_;
  Connections& connections_;
  Router& router_;
  Poco::Net::HTTPServerParams::Ptr params_ = new Poco::Net::HTTPServerParams;
};

}  // namespace vow::http
