// An HTTP server on loopback that answers what a test told it to, and remembers what it was asked.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <Poco/Net/HTTPServer.h>

namespace vow::cli {

struct AskedFor {
  std::string method;
  std::string path;  // with its query
  std::string body;
};

class ScriptedNode {
 public:
  ScriptedNode();
  ~ScriptedNode();
  ScriptedNode(const ScriptedNode&) = delete;
  ScriptedNode& operator=(const ScriptedNode&) = delete;

  [[nodiscard]] std::string address() const;

  // To this method and path, from now on. Anything else is answered 404 not_found.
  void answer(const std::string& method, const std::string& path, const std::string& body, int status = 200);
  // Reads the request and ends the connection without a word.
  void hang_up_on(const std::string& method, const std::string& path);
  // What a member of a cell of one, which leads it, says of itself.
  void lead();

  [[nodiscard]] std::vector<AskedFor> asked() const;
  // Of those, the ones that were to change something.
  [[nodiscard]] std::vector<AskedFor> changes() const;

 private:
  friend class ScriptedHandler;
  struct Reply {
    int status = 200;
    std::string body;
    bool hang_up = false;
  };
  [[nodiscard]] Reply take(AskedFor request);

  mutable std::mutex mutex_;
  std::map<std::string, Reply> script_;
  std::vector<AskedFor> asked_;
  std::unique_ptr<Poco::Net::HTTPServer> server_;
};

}  // namespace vow::cli
