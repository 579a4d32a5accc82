// A method that is called within a caller's transaction.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <vow_types.h>

#include "vow/call.h"
#include "vow/client.h"
#include "vow/error.h"
#include "vow/service.h"

namespace vow::thrift {

namespace detail {

using ::apache::thrift::protocol::TBinaryProtocol;
using ::apache::thrift::transport::TMemoryBuffer;

// So that an answer can be kept for a repetition of its request.
template <class Struct>
std::string bytes_of(const Struct& of) {
  const auto buffer = std::make_shared<TMemoryBuffer>();
  TBinaryProtocol protocol(buffer);
  of.write(&protocol);
  return buffer->getBufferAsString();
}

template <class Struct>
void read(const std::string& bytes, Struct& into) {
  const auto buffer = std::make_shared<TMemoryBuffer>();
  buffer->write(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                static_cast<std::uint32_t>(bytes.size()));
  TBinaryProtocol protocol(buffer);
  into.read(&protocol);
}

}  // namespace detail

// Runs `work`, which fills in `answer`, as a part of the caller's transaction (client::serve()). Of a
// repeated request it does not run again, and the answer is the same.
//
// If `work` throws an error of Vow's, the caller gets a vow.NotDone. Whatever else it throws is thrown on.
template <class Request, class Answer, class Work>
void serve(client& by, std::string_view name, const Request& request, Answer& answer, Work&& work,
           const run_options& options = run_options{}) {
  const auto kept = [&](tx& in) {
    work(in);
    return detail::bytes_of(answer);
  };
  try {
    const reply done = by.serve(name, {{std::string(context_header), request.vow.context}}, kept, options);
    if (done.repeated) detail::read(done.body, answer);
    Branches branches;
    branches.branches = done.headers.at(std::string(branches_header));
    answer.__set_vow(branches);
  } catch (const error& why) {
    const service::statement said = service::statement_of(why);
    NotDone told;
    told.code = said.code;
    told.why = said.why;
    told.hint = said.hint;
    told.retryable = said.retryable;
    throw told;
  }
}

}  // namespace vow::thrift
