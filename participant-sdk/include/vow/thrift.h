// Transactions that travel by Apache Thrift: call() a method of another service, serve() one of a caller's.
//
// The interface includes vow.thrift; see there. A request has a field `vow` of type vow.Context, an answer
// one of type vow.Branches, and the method throws vow.NotDone.
//
//   client.run("place-order", [&](vow::tx& tx) {
//     PayRequest request;
//     request.coins = 10;
//     const PayAnswer answer = vow::thrift::call(tx, payments, &PaymentsClient::pay, request);
//   });
//
//   void pay(PayAnswer& answer, const PayRequest& request) override {
//     vow::thrift::serve(client_, "pay", request, answer, [&](vow::tx& tx) {
//       accounts_.enlist(tx).exec("update account set coins = coins - 10");
//       answer.receipt = "1";
//     });
//   }
//
// A request whose answer is lost is sent again and its work is done once; what fails is rolled back
// everywhere.
#pragma once

#include "vow/thrift/call.h"
#include "vow/thrift/serve.h"
