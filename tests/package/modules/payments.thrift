include "vow.thrift"

struct PayRequest { 1: required vow.Context vow }
struct PayAnswer { 1: required vow.Branches vow }
service Payments { PayAnswer pay(1: PayRequest request) throws (1: vow.NotDone not_done) }
