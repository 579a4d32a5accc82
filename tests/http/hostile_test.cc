// Whatever bytes come, the server answers with an error or closes the connection, and goes on serving others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/front.h"

namespace vow::http {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

constexpr std::chrono::milliseconds soon{10'000};

Options impatient() {
  Options options = test_options();
  options.read_ms_max = 2'000;
  return options;
}

// What the server says to these bytes, after which nothing comes.
Reply say(const Front& front, std::string_view bytes) {
  Wire wire(front.port());
  wire.send(bytes);
  wire.finish();
  return wire.read();
}

TEST(Hostile, WhatIsNotHttpIsRefusedOrClosed) {
  Front front(impatient());
  const std::vector<std::string> garbage{
      "\r\n",
      std::string(4, '\0'),
      "\x16\x03\x01\x02\x01\x01\xfc\x03\x03",  // a TLS client's first words
      "GET\r\n\r\n",
      "GET /livez\r\n\r\n",
      "GET /livez HTTP/9.9\r\n\r\n",
      "GET livez HTTP/1.1\r\n\r\n",
      "GET http://elsewhere/livez HTTP/1.1\r\n\r\n",
      "GET /livez HTTP/1.1\r\n: no name\r\n\r\n",
      "GET /livez HTTP/1.1\r\nContent-Length : 5\r\n\r\n",
      std::string(33, 'G') + " /livez HTTP/1.1\r\n\r\n",
      "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n",
      "GET /livez HTTP/1.1\r\n" + std::string(300, 'n') + ": v\r\n\r\n",
      "GET /livez HTTP/1.1\r\nX: " + std::string(9'000, 'v') + "\r\n\r\n",
  };
  for (const std::string& bytes : garbage) {
    EXPECT_THAT(say(front, bytes).status, AnyOf(Eq(0), Eq(400))) << bytes.substr(0, 50);
  }
  std::string many_headers = "GET /livez HTTP/1.1\r\n";
  for (int i = 0; i < 1000; ++i) many_headers += "H" + std::to_string(i) + ": v\r\n";
  EXPECT_THAT(say(front, many_headers + "\r\n").status, AnyOf(Eq(0), Eq(400)));
  EXPECT_EQ(front.get("/livez").status, 200);
}

TEST(Hostile, WhereARequestEndsIsNotOpenToDispute) {
  Front front(impatient());
  const std::string post = "POST /v1/transactions HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::pair<std::string, std::string>> disputes{
      {"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "Content-Length: expected it once"},
      {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       "expected Content-Length or Transfer-Encoding"},
      {"Transfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding: expected chunked"},
      {"Transfer-Encoding: xchunked\r\n\r\n", "Transfer-Encoding: expected chunked"},
      {"Content-Length: -5\r\n\r\n", "Content-Length: expected a number"},
      {"Content-Length: +5\r\n\r\n", "Content-Length: expected a number"},
      {"Content-Length: 0x5\r\n\r\n", "this is not HTTP/1.1"},
      {"Content-Length: 99999999999999999999\r\n\r\n", ""},
  };
  for (const auto& [headers, sentence] : disputes) {
    Wire wire(front.port());
    // The second request must not be found in what the first has left.
    wire.send(post + headers + "{}   " + request_text("GET", "/livez"));
    const Reply reply = wire.read();
    EXPECT_EQ(reply.status, 400) << headers;
    EXPECT_THAT(reply.problem(), HasSubstr(sentence));
    EXPECT_EQ(wire.read().status, 0) << headers;
  }
}

TEST(Hostile, ABodyThatEndsEarlyIsNotTakenForAWhole) {
  Front front(impatient());
  const Reply reply =
      say(front, "POST /v1/transactions HTTP/1.1\r\nContent-Length: 20\r\n\r\n{\"timeout_s\":1}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.problem(), "invalid: the body ended after 15 bytes, but Content-Length is 20");
}

TEST(Hostile, WhatIsNotJsonIsRefused) {
  Front front(impatient());
  const std::vector<std::string> bodies{
      "{",
      "}",
      "[",
      "nonsense",
      "null",
      "3",
      "\"x\"",
      "{\"timeout_s\":1",
      "{\"timeout_s\":1}}",
      "{\"timeout_s\":1} 2",
      "{'timeout_s':1}",
      "{timeout_s:1}",
      "{\"timeout_s\":1,}",
      "{\"timeout_s\":01}",
      "{\"timeout_s\":+1}",
      "{\"timeout_s\":0x1}",
      "{\"timeout_s\":1e999}",
      "{\"timeout_s\":-1e999}",
      "{\"timeout_s\":NaN}",
      "{\"timeout_s\":Infinity}",
      "{\"timeout_s\":" + std::string(100'000, '9') + "}",
      "{\"timeout_s\":1." + std::string(400, '1') + "}",
      "{\"timeout_s\":\"\xff\xfe\"}",
      "{\"timeout_s\xc0\xaf\":1}",
      "{\"timeout_s\":\"\xed\xa0\x80\"}",
      "{\"timeout_s\":\"\\ud800\"}",
      "{\"timeout_s\":\"\\u12\"}",
      "{\"timeout_s\":\"\\",
      "/**/{\"timeout_s\":1}",
      "\xef\xbb\xbf{\"timeout_s\":1}",
      std::string(1'000'000, '['),
      "{\"timeout_s\":" + std::string(500'000, '[') + std::string(500'000, ']') + "}",
      std::string(100'000, '{'),
      std::string("{\"timeout_s\":1") + '\0' + "}",
      std::string(1, '\0'),
      "{\"timeout_s\":{\"timeout_s\":{\"timeout_s\":1}}}",
      "{\"\":1}",
  };
  for (const std::string& body : bodies) {
    const Reply reply = front.post("/v1/transactions", body);
    EXPECT_EQ(reply.status, 400) << body.substr(0, 60);
    EXPECT_EQ(reply.member("code"), "invalid");
    EXPECT_GT(reply.member("what").size(), 20u);
    EXPECT_LT(reply.body.size(), 1000u) << "what is said quotes too much";
  }
}

TEST(Hostile, LongListsAreBoundedBeforeTheyReachTheLoop) {
  Front front(impatient());
  std::string list;
  for (int i = 0; i < 4097; ++i) list += std::string(i == 0 ? "" : ",") + R"({"branch":"a","nonce":1})";
  const Reply reply = front.post(transaction("/commit"), "{\"preparations\":[" + list + "]}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.problem(),
            "invalid: field \"preparations\": expected a list of at most 4096 objects, got 4097 elements");
}

TEST(Hostile, TargetsCannotBreakOutOfWhatIsSaidOfThem) {
  Front front(impatient());
  for (const std::string_view target :
       {"/%00", "/%ff%fe", "/a%0d%0aX:%20y", "/%22%5c", "/v1/transactions/%2e%2e/outcome",
        "/v1/transactions?state=%00%22%0a", "/?%=%", "/%", "/%4", "/?a&&b&=c"}) {
    const Reply reply = front.get(target);
    EXPECT_THAT(reply.status, AnyOf(Eq(400), Eq(404))) << target;
    EXPECT_EQ(reply.headers.count("x"), 0u);
    EXPECT_FALSE(reply.member("what").empty());  // valid JSON, hence valid UTF-8
  }
}

// Valid requests with some bytes changed, left out or doubled.
TEST(Hostile, SpoiltRequestsNeverStopTheServer) {
  Front front(impatient());
  Random random(20'240'601);
  const std::vector<std::string> whole{
      request_text("POST", transaction("/votes"),
                   R"({"branch":"a","nonce":1,"resource":"db","ballot":"prepared","session":3})"),
      request_text("POST", "/v1/sessions", R"({"process":"p","serves":[{"resource":"a","weight":3}]})"),
      request_text("GET", transaction("/outcome?branch=a&nonce=5&involved=true")),
      "POST /v1/transactions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"tim\r\nb\r\neout_s\": "
      "1}\r\n0\r\n\r\n",
  };
  std::map<int, int> statuses;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole[random.below(whole.size())];
    for (std::uint64_t spoilt = random.between(1, 4); spoilt > 0; --spoilt) {
      const std::size_t at = random.below(bytes.size());
      switch (random.below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          bytes.erase(at, random.between(1, 8));
          break;
        case 2:
          bytes.insert(at, bytes.substr(at, random.between(1, 8)));
          break;
        default:
          bytes.insert(at, 1, "\0\"{}[],:%\r\n\\0"[random.below(12)]);
          break;
      }
    }
    ++statuses[say(front, bytes).status];
  }
  EXPECT_GT(statuses[200], 0);
  EXPECT_GT(statuses[400], 1000);
  EXPECT_EQ(statuses[500], 0);
  EXPECT_EQ(front.get("/livez").status, 200);
}

TEST(Hostile, ConnectionsThatBreakAnywhereLeaveNothingBehind) {
  Front front(impatient());
  const std::string whole = request_text("POST", "/v1/transactions", R"({"timeout_s":1})");
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    Wire wire(front.port());
    wire.send(whole.substr(0, cut));
  }
  // The one that asks, and no other.
  const auto is_left = [](const std::string& figures) {
    return figures.find("vow_http_connections 1\n") != std::string::npos &&
           figures.find("vow_http_connections_waiting 0\n") != std::string::npos;
  };
  const auto until = std::chrono::steady_clock::now() + soon;
  std::string figures = front.get("/metrics").body;
  while (!is_left(figures) && std::chrono::steady_clock::now() < until) figures = front.get("/metrics").body;
  EXPECT_THAT(figures, HasSubstr("vow_http_connections 1\n"));
  EXPECT_THAT(figures, HasSubstr("vow_http_connections_waiting 0\n"));
}

}  // namespace
}  // namespace vow::http
