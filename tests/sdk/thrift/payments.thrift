// What a service's own interface looks like that takes part in transactions.
include "vow.thrift"

namespace cpp payments

struct PayRequest {
  1: required vow.Context vow
  2: i64 coins
}

struct PayAnswer {
  1: required vow.Branches vow
  2: string receipt
}

exception NoSuchAccount {
  1: string account
}

service Payments {
  PayAnswer pay(1: PayRequest request) throws (1: vow.NotDone not_done, 2: NoSuchAccount no_account)
  // Of a shape of its own, so callers carry the transaction by hand.
  PayAnswer pay_from(1: PayRequest request, 2: string account) throws (1: vow.NotDone not_done)
}
