// docs/openapi.json, the table of routes and what the server really answers say the same.
#include <fstream>
#include <sstream>

#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/http/route.h"
#include "tests/http/description.h"
#include "tests/http/front.h"

namespace vow::http {
namespace {

using dispatch::Problem;
using testing::IsEmpty;
using testing::Not;

const std::string xid = to_string(FakeCoordinator::some_xid());
const std::string preparation = R"({"branch":"a-1","nonce":1})";
const std::string word = R"("who":"ann","why":"disk lost")";

// For each operation a request with all fields and parameters that it can have.
struct Example {
  std::string path;
  std::string body;
};
const std::map<std::string, Example>& examples() {
  const std::string x = "/v1/transactions/{xid}";
  static const std::map<std::string, Example> all{
      {"GET /livez", {"/livez", ""}},
      {"GET /readyz", {"/readyz?verbose=true", ""}},
      {"GET /metrics", {"/metrics", ""}},
      {"GET /v1/openapi.json", {"/v1/openapi.json", ""}},
      {"GET /v1/transactions", {"/v1/transactions?state=open&resource=db&limit=5", ""}},
      {"POST /v1/transactions", {"/v1/transactions", R"({"timeout_s":30})"}},
      {"GET " + x, {transaction(), ""}},
      {"POST " + x + "/votes",
       {transaction("/votes"),
        R"({"branch":"a","nonce":1,"resource":"db","ballot":"prepared","session":2,"enlistment":3})"}},
      {"POST " + x + "/enlistments",
       {transaction("/enlistments"), R"({"branch":"a","resource":"db","session":2,"enlistment":3})"}},
      {"POST " + x + "/commit",
       {transaction("/commit"), R"({"preparations":[)" + preparation + R"(],"wait_finished_ms":1})"}},
      {"POST " + x + "/rollback", {transaction("/rollback"), R"({"wait_finished_ms":1})"}},
      {"GET " + x + "/outcome", {transaction("/outcome?branch=a&nonce=1&involved=true"), ""}},
      {"POST " + x + "/retry", {transaction("/retry"), "{" + word + "}"}},
      {"POST " + x + "/branches/{branch}/force",
       {transaction("/branches/a/force"), R"({"committed":true,)" + word + "}"}},
      {"GET /v1/sessions", {"/v1/sessions", ""}},
      {"POST /v1/sessions",
       {"/v1/sessions", R"({"process":"p","serves":[{"resource":"db","weight":2},{"resource":"b"}]})"}},
      {"DELETE /v1/sessions/{session}", {"/v1/sessions/1", ""}},
      {"POST /v1/sessions/{session}/poll", {"/v1/sessions/1/poll", R"({"commands_max":1,"wait_ms":1})"}},
      {"POST /v1/sessions/{session}/reports",
       {"/v1/sessions/1/reports", R"({"reports":[{"xid":")" + xid + R"(","preparation":)" + preparation +
                                      R"(,"action":"commit","done":false,"error":"e","elsewhere":true}]})"}},
      {"GET /v1/resources", {"/v1/resources", ""}},
      {"GET /v1/cluster", {"/v1/cluster", ""}},
      {"POST /v1/cluster/members",
       {"/v1/cluster/members", R"({"node":"44","peer":"h:1","client":"h:2","http":"h:3",)" + word + "}"}},
      {"POST /v1/cluster/members/{node}/promote", {"/v1/cluster/members/43/promote", "{" + word + "}"}},
      {"DELETE /v1/cluster/members/{node}", {"/v1/cluster/members/43", "{" + word + "}"}},
      {"POST /v1/cluster/transfer", {"/v1/cluster/transfer", R"({"to":"43",)" + word + "}"}},
  };
  return all;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Description described() { return Description(read_file("docs/openapi.json")); }

std::string method_of(const std::string& operation) { return operation.substr(0, operation.find(' ')); }

Reply ask(const Front& front, const std::string& operation, std::string_view more = "") {
  const Example& example = examples().at(operation);
  return call(front.port(), method_of(operation), example.path + std::string(more), example.body);
}

// Shows at least one of everything.
void fill(FakeCoordinator& coordinator) {
  const txn::BranchName branch = *txn::BranchName::from("a");
  const dispatch::TransactionShown shown{
      .xid = FakeCoordinator::some_xid(),
      .state = "committing",
      .reason = "none",
      .waiting_for = "db",
      .branches = {{.branch = "a", .nonce = 1, .resource = "db", .standing = "prepared", .last_error = "e"}},
      .forced = {{.branch = branch, .committed = true, .at_ms = 1, .who = "ann", .why = "lost"}}};
  coordinator.on_list = [shown](const auto&) { return std::vector{shown}; };
  coordinator.on_show = [shown](const auto&) { return std::optional(shown); };
  coordinator.sessions_shown = {{.session = txn::SessionNumber(1), .process = "p", .serves = {{"db", 1}}}};
  coordinator.resources_shown = {{.resource = "db"}};
  coordinator.checks_shown = {{"leader", true, "it leads"}};
  coordinator.on_poll = [branch](const auto&, const dispatch::PollDone& done) {
    done(dispatch::Polled{
        .clock_ms = 1,
        .term = Term(1),
        .commands = {{txn::Action::prepare, FakeCoordinator::some_xid(), {branch, {}}, "db", 1}}});
  };
}

TEST(OpenApi, IsServedAsItStandsInDocs) {
  Front front;
  EXPECT_EQ(front.get("/v1/openapi.json").body, read_file("docs/openapi.json"));
}

TEST(OpenApi, DescribesEveryRouteAndNoOther) {
  std::set<std::string> in_table;
  for (const Route& route : routes())
    in_table.insert(std::string(route.method) + " " + std::string(route.pattern));
  EXPECT_EQ(in_table, described().operations());
  std::set<std::string> in_examples;
  for (const auto& [operation, example] : examples()) in_examples.insert(operation);
  EXPECT_EQ(in_table, in_examples) << "this test has an example for each";
}

TEST(OpenApi, NamesWhatStandsInPaths) {
  const Description description = described();
  for (const std::string& operation : description.operations()) {
    std::set<std::string> names;
    for (auto at = operation.find('{'); at != std::string::npos; at = operation.find('{', at + 1)) {
      names.insert(operation.substr(at + 1, operation.find('}', at) - at - 1));
    }
    EXPECT_EQ(description.parameters(operation, "path"), names) << operation;
  }
}

// The body of a reply is what the description says of that status.
void expect_as_described(const Description& description, const Description::Object& response,
                         const Reply& reply, const std::string& what) {
  ASSERT_TRUE(response) << what << " answers " << reply.status << ", which is not described: " << reply.body;
  const auto content = response->getObject("content");
  const std::string type =
      reply.headers.at("content-type").substr(0, reply.headers.at("content-type").find(';'));
  ASSERT_TRUE(content->has(type)) << what << " " << reply.status << ": " << type;
  if (const auto headers = response->getObject("headers")) {
    for (std::string name : headers->getNames()) {
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      EXPECT_TRUE(reply.headers.contains(name)) << what << " " << reply.status << " without " << name;
    }
  }
  if (type != "application/json") return;
  EXPECT_THAT(description.violations(reply.json(), content->getObject(type)->getObject("schema"), "body"),
              IsEmpty())
      << what << " " << reply.status << ": " << reply.body;
}

TEST(OpenApi, DescribesWhatIsAnsweredWhenAllIsWell) {
  const Description description = described();
  Front front;
  front.with(fill);
  for (const std::string& operation : description.operations()) {
    const Reply reply = ask(front, operation);
    EXPECT_EQ(reply.status, 200) << operation << ": " << reply.body;
    expect_as_described(description, description.response(operation, reply.status), reply, operation);
  }
}

TEST(OpenApi, KnowsEveryVerdictAndReason) {
  const Description description = described();
  const auto schema = description.response("GET /v1/transactions/{xid}/outcome", 200)
                          ->getObject("content")
                          ->getObject("application/json")
                          ->getObject("schema");
  const auto expect_known = [&](txn::Verdict verdict, txn::Reason reason) {
    const std::string json = JsonObject()
                                 .put("verdict", name(verdict))
                                 .put("reason", name(reason))
                                 .put("unfinished", std::uint64_t{0})
                                 .text();
    EXPECT_THAT(description.violations(Poco::JSON::Parser().parse(json), schema, "body"), IsEmpty()) << json;
  };
  for (std::uint8_t verdict = 1; verdict <= 12; ++verdict) {
    if (static_cast<txn::Verdict>(verdict) == txn::Verdict::ask_leader) continue;  // an error
    expect_known(static_cast<txn::Verdict>(verdict), txn::Reason::none);
  }
  for (std::uint8_t reason = 0; reason < 64; ++reason) {
    expect_known(txn::Verdict::rolled_back, static_cast<txn::Reason>(reason));
  }
}

// Everything that asks the coordinator to do something says this.
void refuse_everything_with(FakeCoordinator& coordinator, Problem::Code code) {
  const Failure<Problem> failure{Problem{.code = code, .what = "because", .leader = {}}};
  coordinator.act_answer = failure;
  coordinator.on_poll = [failure](const auto&, const dispatch::PollDone& done) { done(failure); };
  coordinator.on_show = [](const auto&) { return std::nullopt; };
  if (code != Problem::Code::ask_leader) return;
  const txn::Answer answer{.verdict = txn::Verdict::ask_leader};
  coordinator.on_open_session = [failure](const auto&) -> FakeCoordinator::Told<dispatch::SessionOpened> {
    return failure;
  };
  coordinator.on_begin = [failure](std::uint32_t) -> FakeCoordinator::Told<dispatch::Begun> {
    return failure;
  };
  coordinator.on_enlist = [answer](const auto&) { return answer; };
  coordinator.on_vote = [answer](const auto&) { return answer; };
  coordinator.on_outcome = [answer](const auto&, const auto&, auto) { return answer; };
  coordinator.on_commit = [answer](const auto&, const dispatch::AnswerDone& done) { done(answer); };
  coordinator.on_rollback = [answer](const auto&, auto, const dispatch::AnswerDone& done) { done(answer); };
}

TEST(OpenApi, DescribesEveryErrorThatOccursAndNoOther) {
  const Description description = described();
  std::map<std::string, std::set<int>> occurred;
  const auto note = [&](const std::string& operation, const Reply& reply) {
    occurred[operation].insert(reply.status);
    expect_as_described(description, description.response(operation, reply.status), reply, operation);
  };
  const auto ask_all = [&](const Front& front, std::string_view more = "") {
    for (const std::string& operation : description.operations())
      note(operation, ask(front, operation, more));
  };
  Options options = test_options();
  options.answer_ms_max = 30;
  options.act_ms_max = 30;
  Front front(options);
  front.with(fill);
  ask_all(front);
  for (const std::string& operation : description.operations()) {
    const bool has_query = examples().at(operation).path.find('?') != std::string::npos;
    note(operation, ask(front, operation, has_query ? "&nonsense=1" : "?nonsense=1"));
  }
  front.with(
      [](FakeCoordinator& coordinator) { refuse_everything_with(coordinator, Problem::Code::ask_leader); });
  ask_all(front);
  front.with([](FakeCoordinator& coordinator) { coordinator.checks_shown[0].ok = false; });
  note("GET /readyz", ask(front, "GET /readyz"));
  front.loop.refuse_everything(true);
  ask_all(front);
  front.loop.refuse_everything(false);

  // What only some requests can meet with.
  front.with(
      [](FakeCoordinator& coordinator) { refuse_everything_with(coordinator, Problem::Code::not_found); });
  for (const std::string& operation : description.operations()) {
    if (description.statuses(operation).contains(404)) note(operation, ask(front, operation));
  }
  front.with(
      [](FakeCoordinator& coordinator) { refuse_everything_with(coordinator, Problem::Code::no_session); });
  note("POST /v1/sessions/{session}/poll", ask(front, "POST /v1/sessions/{session}/poll"));
  {
    const FakeLoop::Pause pause(front.loop);
    for (const std::string& operation : description.operations()) {
      if (description.statuses(operation).contains(500)) note(operation, ask(front, operation));
    }
  }
  for (const std::string& operation : description.operations()) {
    EXPECT_EQ(occurred[operation], description.statuses(operation)) << operation;
  }
}

TEST(OpenApi, DescribesTheErrorsThatAnyRequestMayGet) {
  const Description description = described();
  Options options = test_options();
  options.read_ms_max = 50;
  options.body_bytes_max = 100;
  Front front(options);
  const Reply wrong_method = call(front.port(), "PUT", "/v1/cluster");
  EXPECT_EQ(wrong_method.status, 405);
  const Reply too_large = front.post("/v1/sessions", std::string(101, ' '));
  EXPECT_EQ(too_large.status, 413);
  Wire silent(front.port());
  const Reply too_slow = silent.read();
  EXPECT_EQ(too_slow.status, 408);
  for (const Reply& reply : {wrong_method, too_large, too_slow}) {
    expect_as_described(description, description.common_response(reply.status), reply, "any request");
  }
}

std::string without(const Description::Object& body, const std::string& name) {
  Poco::JSON::Object copy(*body);
  copy.remove(name);
  std::ostringstream out;
  copy.stringify(out);
  return out.str();
}

TEST(OpenApi, DescribesEachFieldOfRequestsAndWhetherItMayBeLeftOut) {
  const Description description = described();
  Front front;
  front.with(fill);
  for (const auto& [operation, example] : examples()) {
    const Description::Object schema = description.request_schema(operation);
    EXPECT_EQ(schema.isNull(), example.body.empty()) << operation;
    if (schema.isNull()) continue;
    const auto body = Poco::JSON::Parser().parse(example.body).extract<Description::Object>();
    EXPECT_THAT(description.violations(body, schema, "body"), IsEmpty()) << operation;
    const auto properties = description.resolved(schema)->getObject("properties");
    EXPECT_EQ(body->getNames(), properties->getNames()) << operation << ": the example has every field";
    for (const std::string& name : body->getNames()) {
      const std::string rest = without(body, name);
      const auto parsed = Poco::JSON::Parser().parse(rest);
      const bool may_be_missing = description.violations(parsed, schema, "body").empty();
      const Reply reply = call(front.port(), method_of(operation), example.path, rest);
      EXPECT_EQ(reply.status, may_be_missing ? 200 : 400)
          << operation << " without " << name << ": " << reply.body;
    }
  }
}

TEST(OpenApi, DescribesTheParametersOfQueries) {
  const Description description = described();
  for (const auto& [operation, example] : examples()) {
    std::set<std::string> in_example;
    const auto question = example.path.find('?');
    if (question != std::string::npos) {
      std::istringstream query(example.path.substr(question + 1));
      for (std::string each; std::getline(query, each, '&');)
        in_example.insert(each.substr(0, each.find('=')));
    }
    EXPECT_EQ(in_example, description.parameters(operation, "query")) << operation;
  }
}

TEST(Description, SeesWhatIsNotAsItSays) {
  const Description description = described();
  const auto violations = [&](const std::string& json) {
    const auto schema = description.response("GET /v1/resources", 200)
                            ->getObject("content")
                            ->getObject("application/json")
                            ->getObject("schema");
    return description.violations(Poco::JSON::Parser().parse(json), schema, "body");
  };
  EXPECT_THAT(violations(R"({"node":"1","leading":true,"resources":[]})"), IsEmpty());
  EXPECT_THAT(violations(R"({"node":"1","leading":true})"), Not(IsEmpty()));
  EXPECT_THAT(violations(R"({"node":"1","leading":true,"resources":[],"more":1})"), Not(IsEmpty()));
  EXPECT_THAT(violations(R"({"node":1,"leading":true,"resources":[]})"), Not(IsEmpty()));
  EXPECT_THAT(violations(R"({"node":"x","leading":true,"resources":[]})"), Not(IsEmpty()));
  EXPECT_THAT(violations(R"({"node":"1","leading":null,"resources":[]})"), Not(IsEmpty()));
  EXPECT_THAT(violations(R"({"node":"1","leading":true,"resources":[{}]})"), Not(IsEmpty()));
}

}  // namespace
}  // namespace vow::http
