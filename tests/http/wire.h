// A client's side of a connection, byte by byte: well-behaved or not. Everything it waits for is bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <Poco/JSON/Object.h>

namespace vow::http {

struct Reply {
  int status = 0;                              // 0: the server closed the connection without a word
  std::map<std::string, std::string> headers;  // by lower-case name
  std::string body;

  [[nodiscard]] Poco::JSON::Object::Ptr json() const;
  // Of an error: its code, a colon, and what is wrong.
  [[nodiscard]] std::string problem() const;
  // A member of the body that is a text or a number, as text.
  [[nodiscard]] std::string member(const std::string& name) const;
};

class Wire {
 public:
  // `receive_bytes`: a small window, for one that does not read.
  explicit Wire(std::uint16_t port, int receive_bytes = 0);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // False if the server has closed the connection.
  bool send(std::string_view bytes);
  // No more will come from this side.
  void finish();
  [[nodiscard]] Reply read(bool is_head = false);
  // Whether the server has nothing to say and closes within this time.
  [[nodiscard]] bool is_closed(std::chrono::milliseconds within);
  // Whether the server has said something.
  [[nodiscard]] bool has_something();

 private:
  // False at the end, or if nothing comes in time.
  bool receive(std::chrono::milliseconds within);
  [[nodiscard]] std::optional<std::string> take_until(std::string_view end);

  int socket_;
  std::string received_;
};

// One request on a connection of its own.
[[nodiscard]] Reply call(std::uint16_t port, std::string_view method, std::string_view target,
                         std::string_view body = "");
[[nodiscard]] std::string request_text(std::string_view method, std::string_view target,
                                       std::string_view body = "", std::string_view headers = "");

}  // namespace vow::http
