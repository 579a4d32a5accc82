// Transactions that travel by POCO's HTTP: send() a request to another service, serve() one of a caller's.
//
//   client.run("place-order", [&](vow::tx& tx) {
//     Poco::Net::HTTPRequest pay(HTTPRequest::HTTP_POST, "/pay", HTTPMessage::HTTP_1_1);
//     const std::string receipt = vow::poco::send(tx, payments_session, pay, R"({"coins": 10})").body;
//   });
//
//   void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
//     vow::poco::serve(client_, "pay", request, response, [&](vow::tx& tx) {
//       accounts_.enlist(tx).exec("update account set coins = coins - 10");
//       return R"({"receipt": 1})";
//     });
//   }
//
// A request whose answer is lost is sent again and its work is done once; what fails is rolled back
// everywhere.
#pragma once

#include "vow/poco/send.h"
#include "vow/poco/serve.h"
