// How a transaction travels by Thrift: what services include in their own interfaces.
//
//   include "vow.thrift"
//
//   struct PayRequest { 1: required vow.Context vow, 2: i64 coins }
//   struct PayAnswer { 1: required vow.Branches vow, 2: string receipt }
//   service Payments { PayAnswer pay(1: PayRequest request) throws (1: vow.NotDone why) }
//
// It grows as the other interfaces do (README.md): numbers are never used again, new fields are optional.

namespace cpp vow.thrift
namespace * vow

// With the request: which transaction, and where in it. As the header vow-context of HTTP.
struct Context {
  1: string context
}

// With the answer: what was prepared for it. As the header vow-branches of HTTP.
struct Branches {
  1: string branches
}

// Nothing of the request was done, nor will be.
exception NotDone {
  1: string code
  2: string why
  3: string hint
  // A new transaction may end better.
  4: bool retryable
}
