#include "tests/raft/script.h"

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

#include "coordinator/base/check.h"
#include "tests/raft/script_world.h"

namespace vow::raft {
namespace {

using Words = std::vector<std::string>;

std::uint64_t number(const std::string& word) {
  try {
    return std::stoull(word);
  } catch (const std::exception&) {
    throw std::invalid_argument("'" + word + "' is no number");
  }
}

NodeId node(const Words& words, std::size_t at) {
  if (at >= words.size()) throw std::invalid_argument("a node is missing");
  return NodeId(number(words[at]));
}

// "voters=1,2,3" among the words.
std::set<NodeId> nodes(const Words& words, const std::string& name) {
  std::set<NodeId> result;
  for (const std::string& word : words) {
    if (!word.starts_with(name + "=")) continue;
    std::stringstream list(word.substr(name.size() + 1));
    for (std::string item; std::getline(list, item, ',');) result.insert(NodeId(number(item)));
  }
  return result;
}

// "1->2", "*->2", or nothing for all; then, optionally, a text the messages must contain.
void messages(ScriptWorld& world, const Words& words, ScriptWorld::Fate fate) {
  NodeId from, to;
  std::string containing;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto arrow = words[i].find("->");
    if (i == 1 && arrow != std::string::npos) {
      const std::string left = words[i].substr(0, arrow), right = words[i].substr(arrow + 2);
      if (left != "*") from = NodeId(number(left));
      if (right != "*") to = NodeId(number(right));
    } else {
      containing += (containing.empty() ? "" : " ") + words[i];
    }
  }
  world.messages(from, to, fate, containing);
}

using Command = std::function<void(ScriptWorld&, const Words&)>;

const std::map<std::string, Command>& commands() {
  using W = ScriptWorld;
  static const std::map<std::string, Command> all{
      {"start",
       [](W& w, const Words& a) {
         const bool one_by_one = std::find(a.begin(), a.end(), "one-entry-an-append") != a.end();
         w.start({nodes(a, "voters"), nodes(a, "learners")}, nodes(a, "joiners"), one_by_one ? 1 : 1000);
       }},
      {"tick",
       [](W& w, const Words& a) { w.tick(node(a, 1), a.size() > 2 ? std::uint32_t(number(a[2])) : 1); }},
      {"timeout", [](W& w, const Words& a) { w.time_out(node(a, 1)); }},
      {"propose", [](W& w, const Words& a) { w.propose(node(a, 1), a.at(2)); }},
      {"read", [](W& w, const Words& a) { w.read(node(a, 1), number(a.at(2))); }},
      {"membership",
       [](W& w, const Words& a) {
         w.change_membership(node(a, 1), {nodes(a, "voters"), nodes(a, "learners")});
       }},
      {"transfer", [](W& w, const Words& a) { w.transfer(node(a, 1), node(a, 2)); }},
      {"disk-full", [](W& w, const Words& a) { w.set_writable(node(a, 1), false); }},
      {"disk-room", [](W& w, const Words& a) { w.set_writable(node(a, 1), true); }},
      {"persist",
       [](W& w, const Words& a) { w.persist(node(a, 1), a.size() > 2 ? number(a[2]) : SIZE_MAX); }},
      {"crash", [](W& w, const Words& a) { w.crash(node(a, 1)); }},
      {"restart", [](W& w, const Words& a) { w.restart(node(a, 1)); }},
      {"deliver", [](W& w, const Words& a) { messages(w, a, W::Fate::deliver); }},
      {"drop", [](W& w, const Words& a) { messages(w, a, W::Fate::drop); }},
      {"duplicate", [](W& w, const Words& a) { messages(w, a, W::Fate::duplicate); }},
      {"stabilize", [](W& w, const Words&) { w.stabilize(); }},
      {"isolate", [](W& w, const Words& a) { w.isolate(node(a, 1)); }},
      {"heal", [](W& w, const Words&) { w.heal(); }},
      {"compact", [](W& w, const Words& a) { w.compact(node(a, 1)); }},
      {"send-snapshot", [](W& w, const Words& a) { w.send_snapshot(node(a, 1), node(a, 2)); }},
      {"status", [](W& w, const Words&) { w.show_status(); }},
      {"log", [](W& w, const Words& a) { w.show_log(node(a, 1)); }},
      {"in-flight", [](W& w, const Words&) { w.show_in_flight(); }},
  };
  return all;
}

Words split(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

void carry_out(ScriptWorld& world, const std::string& step) {
  const Words words = split(step);
  const auto command = commands().find(words.empty() ? "" : words.front());
  if (command == commands().end()) throw std::invalid_argument("no such command: " + step);
  command->second(world, words);
}

// One line: steps separated by ";". "quietly" in front leaves out what happens.
std::string carry_out_line(ScriptWorld& world, std::string line, bool& broken) {
  const std::string quietly = "quietly ";
  const bool quiet = line.starts_with(quietly);
  if (quiet) line.erase(0, quietly.size());
  std::istringstream steps(line);
  try {
    for (std::string step; std::getline(steps, step, ';');) carry_out(world, step);
  } catch (const CheckFailed& failed) {
    broken = true;
    const std::string text = failed.what();
    return world.take_trace() + text.substr(text.find("check failed:")) + "\n";
  } catch (const std::exception& error) {
    broken = true;
    return std::string("bad step: ") + error.what() + "\n";
  }
  std::string trace = world.take_trace();
  if (quiet) return "";
  return trace.empty() ? "nothing\n" : trace;
}

}  // namespace

std::string run_script(const std::string& script) {
  make_checks_throw();
  ScriptWorld world;
  std::istringstream in(script);
  std::string result;
  bool broken = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with("#")) {
      result += line + "\n";
      continue;
    }
    result += line + "\n----\n" + (broken ? "not reached\n" : carry_out_line(world, line, broken)) + "\n";
    // What happened last time.
    if (std::string next; std::getline(in, next) && next == "----") {
      while (std::getline(in, next) && !next.empty()) {
      }
    }
  }
  return result;
}

}  // namespace vow::raft
