// What is wrong with a request is said in a sentence that names the field and what was expected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/front.h"

namespace vow::http {
namespace {

using testing::HasSubstr;

const std::string a_vote = R"({"branch":"a","nonce":1,"resource":"db","ballot":"prepared"})";

std::string with(std::string body, std::string_view old_text, std::string_view new_text) {
  return body.replace(body.find(old_text), old_text.size(), new_text);
}

struct Wrong {
  std::string name;
  std::string method;
  std::string target;
  std::string body;
  std::string sentence;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.method << " " << wrong.target; }

class WrongRequest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongRequest, IsToldWhatIsWrong) {
  Front front;
  const Reply reply = call(front.port(), GetParam().method, GetParam().target, GetParam().body);
  EXPECT_EQ(reply.status, 400) << reply.body;
  EXPECT_EQ(reply.problem(), "invalid: " + GetParam().sentence);
}

std::vector<Wrong> wrong_votes() {
  const std::string votes = transaction("/votes");
  const std::string nonces = "a whole number from 1 to 1099511627775";
  const auto nonce = [&](std::string_view value) {
    return with(a_vote, ":1,", ":" + std::string(value) + ",");
  };
  return {
      {"missing", "POST", votes, with(a_vote, R"("nonce":1,)", ""),
       "field \"nonce\": expected " + nonces + ", got nothing: the field is missing"},
      {"misspelt", "POST", votes, with(a_vote, "\"branch\":\"a\"", R"("branch":"a","sesion":1)"),
       "there is no field \"sesion\"; did you mean \"session\"?"},
      {"strange", "POST", votes, with(a_vote, "\"branch\":\"a\"", R"("branch":"a","colour":1)"),
       "there is no field \"colour\"; expected are branch, nonce, resource, ballot, session, enlistment"},
      {"null", "POST", votes, nonce("null"), "field \"nonce\": expected " + nonces + ", got null"},
      {"text", "POST", votes, nonce("\"7\""), "field \"nonce\": expected " + nonces + ", got \"7\""},
      {"truth", "POST", votes, nonce("true"), "field \"nonce\": expected " + nonces + ", got true"},
      {"list", "POST", votes, nonce("[1]"), "field \"nonce\": expected " + nonces + ", got a list"},
      {"fraction", "POST", votes, nonce("1.5"),
       "field \"nonce\": expected " + nonces + ", got a number with a fraction or an exponent"},
      {"whole_fraction", "POST", votes, nonce("1.0"),
       "field \"nonce\": expected " + nonces + ", got a number with a fraction or an exponent"},
      {"exponent", "POST", votes, nonce("1e3"),
       "field \"nonce\": expected " + nonces + ", got a number with a fraction or an exponent"},
      {"zero", "POST", votes, nonce("0"), "field \"nonce\": expected " + nonces + ", got 0"},
      {"negative", "POST", votes, nonce("-1"), "field \"nonce\": expected " + nonces + ", got -1"},
      {"above_range", "POST", votes, nonce("1099511627776"),
       "field \"nonce\": expected " + nonces + ", got 1099511627776"},
      {"two_to_the_64", "POST", votes, nonce("18446744073709551617"),
       "the body holds the number \"18446744073709551617\", which is larger than any that is expected here"},
      {"no_choice", "POST", votes, with(a_vote, "\"prepared\"", "\"yes\""),
       "field \"ballot\": expected one of prepared, read_only, refused, got \"yes\""},
      {"bad_branch", "POST", votes, with(a_vote, "\"a\"", "\"A B\""),
       "field \"branch\": expected a branch's name, 1 to 10 characters of a-z, 0-9, _ and -, got \"A B\""},
      {"empty_text", "POST", votes, with(a_vote, "\"db\"", "\"\""),
       "field \"resource\": expected text of 1 to 64 bytes, got 0 bytes"},
      {"long_text", "POST", votes, with(a_vote, "\"db\"", "\"" + std::string(65, 'x') + "\""),
       "field \"resource\": expected text of 1 to 64 bytes, got 65 bytes"},
      {"twice", "POST", votes, with(a_vote, "\"branch\":\"a\"", R"("branch":"a","branch":"b")"),
       "the body is not a valid JSON object: the field \"branch\" is there twice"},
      {"bad_xid", "POST", "/v1/transactions/nonsense/votes", a_vote,
       "in the path: expected a transaction's xid, 40 characters of 0-9 and a-v as begin gives it, got "
       "\"nonsense\""},
      {"parameter", "POST", votes + "?x=1", a_vote, "there is no parameter \"x\"; none is expected here"},
  };
}

std::vector<Wrong> others() {
  const std::string member = R"({"node":"1","peer":"h:1","who":"a","why":"b"})";
  return {
      {"no_object", "POST", "/v1/transactions", "[1]",
       "the body is JSON, but not an object: expected {\"field\": value, …}"},
      {"no_timeout", "POST", "/v1/transactions", "",
       "field \"timeout_s\": expected a whole number from 1 to 262143, got nothing: the field is missing"},
      {"within_a_list", "POST", transaction("/commit"),
       R"({"preparations":[{"branch":"a","nonce":1},{"branch":"b","nonce":0}]})",
       "field \"preparations[1].nonce\": expected a whole number from 1 to 1099511627775, got 0"},
      {"unknown_within", "POST", transaction("/commit"),
       R"({"preparations":[{"branch":"a","nonce":1,"nonse":2}]})",
       "in preparations[0] there is no field \"nonse\"; did you mean \"nonce\"?"},
      {"no_list", "POST", transaction("/commit"), R"({"preparations":{}})",
       "field \"preparations\": expected a list of at most 4096 objects, got an object"},
      {"no_element", "POST", transaction("/commit"), R"({"preparations":[3]})",
       "field \"preparations[0]\": expected an object, got 3"},
      {"no_object_within", "POST", "/v1/sessions/1/reports",
       R"({"reports":[{"xid":")" + to_string(FakeCoordinator::some_xid()) +
           R"(","preparation":7,"action":"commit","done":true}]})",
       "field \"reports[0].preparation\": expected an object, got 7"},
      {"half_a_preparation", "GET", transaction("/outcome?branch=a"), "",
       "parameter \"nonce\": expected both branch and nonce, or neither, got only the other"},
      {"bad_state", "GET", "/v1/transactions?state=opne", "",
       "parameter \"state\": expected one of open, preparing, deciding, committing, aborting, aborted, "
       "committed, "
       "rolled_back, nothing_to_commit, forgotten, got \"opne\""},
      {"bad_limit", "GET", "/v1/transactions?limit=0", "",
       "parameter \"limit\": expected a whole number from 1 to 10000, got \"0\""},
      {"twice_in_query", "GET", "/v1/transactions?limit=1&limit=2", "",
       "parameter \"limit\": expected it once, got it twice"},
      {"misspelt_parameter", "GET", "/v1/transactions?resorce=a", "",
       "there is no parameter \"resorce\"; did you mean \"resource\"?"},
      {"bad_truth", "GET", "/readyz?verbose=yes", "",
       "parameter \"verbose\": expected true or false, got \"yes\""},
      {"body_of_get", "GET", "/v1/cluster", R"({"x":1})", "there is no field \"x\"; none is expected here"},
      {"long_wait", "POST", "/v1/sessions/1/poll", R"({"wait_ms":60001})",
       "field \"wait_ms\": expected a whole number from 0 to 60000, got 60001"},
      {"node_as_number", "POST", "/v1/cluster/members", with(member, "\"1\"", "1"),
       "field \"node\": expected a node's id, a decimal number above 0 as text, got 1"},
      {"node_0", "POST", "/v1/cluster/members", with(member, "\"1\"", "\"0\""),
       "field \"node\": expected a node's id, a decimal number above 0 as text, got \"0\""},
      {"address", "POST", "/v1/cluster/members", with(member, "h:1", "h"),
       "field \"peer\": expected an address, host:port, got \"h\""},
      {"address_port", "POST", "/v1/cluster/members", with(member, "h:1", "h:65536"),
       "field \"peer\": expected an address, host:port, got \"h:65536\""},
      {"percent", "GET", "/v1/transactions?state=%zz", "",
       "the request's target \"/v1/transactions?state=%zz\" holds a % that no two hexadecimal digits follow"},
  };
}

std::string name_of(const testing::TestParamInfo<Wrong>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Votes, WrongRequest, testing::ValuesIn(wrong_votes()), name_of);
INSTANTIATE_TEST_SUITE_P(Others, WrongRequest, testing::ValuesIn(others()), name_of);

TEST(Requests, WithTheWrongMethodAreToldTheRightOnes) {
  Front front;
  const Reply reply = front.remove("/v1/transactions");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.headers.at("allow"), "GET, POST");
  EXPECT_EQ(reply.problem(), "invalid: \"/v1/transactions\" does not take \"DELETE\", only GET, POST");
}

TEST(Requests, ForNothingAreNotFound) {
  Front front;
  for (const std::string_view path :
       {"/", "//", "/v1", "/v1/", "/livez/", "/v1/transactions/", "/v2/cluster"}) {
    const Reply reply = front.get(path);
    if (path == "/v1/transactions/") {
      EXPECT_EQ(reply.status, 400) << path;  // an empty xid
      continue;
    }
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_THAT(reply.problem(), HasSubstr("/v1/openapi.json lists all there is"));
  }
}

TEST(Requests, ForNoSessionAreToldWhatNamesOne) {
  Front front;
  for (const std::string_view session : {"0", "-1", "x", "99999999999999999999", "1.0", "%31x"}) {
    const Reply reply = front.post("/v1/sessions/" + std::string(session) + "/poll");
    EXPECT_EQ(reply.status, 400) << session;
    EXPECT_THAT(reply.problem(),
                HasSubstr("in the path: expected a session's number, a whole number from 1 to "));
  }
}

TEST(Requests, ForTheHeadGetJustThat) {
  Front front;
  Wire wire(front.port());
  wire.send("HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  const Reply head = wire.read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "3");
  wire.send(request_text("GET", "/livez"));
  EXPECT_EQ(wire.read().body, "ok\n");
}

TEST(Requests, FollowOneAnotherOnOneConnectionEvenAtOnce) {
  Front front;
  Wire wire(front.port());
  const std::string begin = request_text("POST", "/v1/transactions", R"({"timeout_s":1})");
  wire.send(begin + request_text("GET", "/livez") + begin);
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_EQ(wire.read().body, "ok\n");
  EXPECT_EQ(wire.read().status, 200);
}

TEST(Requests, MayComeInChunks) {
  Front front;
  Wire wire(front.port());
  wire.send("POST /v1/transactions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  wire.send("5\r\n{\"tim\r\n");
  wire.send("b\r\neout_s\": 1}\r\n0\r\n\r\n");
  const Reply reply = wire.read();
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.headers.at("connection"), "Close");
}

TEST(Requests, AreAskedToGoOnWhereTheyWaitForIt) {
  Front front;
  Wire wire(front.port());
  wire.send(
      "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\nExpect: 100-continue\r\n\r\n");
  wire.send(R"({"timeout_s":1})");
  EXPECT_EQ(wire.read().status, 200);
}

TEST(Requests, ThatChangeSomethingAreNotTakenFromOtherPeoplesPages) {
  Front front;
  const auto from = [&](std::string_view method, std::string_view origin) {
    Wire wire(front.port());
    wire.send(request_text(method, method == "GET" ? "/v1/cluster" : "/v1/transactions",
                           method == "GET" ? "" : R"({"timeout_s":1})",
                           "Origin: " + std::string(origin) + "\r\n"));
    return wire.read().status;
  };
  EXPECT_EQ(from("POST", "http://localhost"), 200);  // as the header Host says
  EXPECT_EQ(from("POST", "http://evil.example"), 400);
  EXPECT_EQ(from("POST", "null"), 400);
  EXPECT_EQ(from("GET", "http://evil.example"), 200);
}

}  // namespace
}  // namespace vow::http
