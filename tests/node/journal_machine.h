// The plainest replicated state: the list of all commands. A command's answer is how many there are.
#pragma once

#include <string>
#include <vector>

#include "coordinator/base/bytes.h"
#include "coordinator/node/state_machine.h"

namespace vow::node {

class JournalMachine final : public StateMachine {
 public:
  std::string apply(storage::LogPosition, std::string_view command) override {
    journal_.emplace_back(command);
    return std::to_string(journal_.size());
  }
  std::unique_ptr<Frozen> freeze() override { return std::make_unique<Copy>(journal_); }
  std::unique_ptr<Loader> begin_load() override { return std::make_unique<Rebuilt>(); }
  void adopt(std::unique_ptr<Loader> loaded) override {
    journal_ = std::move(dynamic_cast<Rebuilt&>(*loaded).journal);
  }
  [[nodiscard]] const std::vector<std::string>& journal() const { return journal_; }

 private:
  struct Copy final : Frozen {
    explicit Copy(std::vector<std::string> from) : journal(std::move(from)) {}
    std::optional<std::string> next_chunk() override {
      if (next == journal.size()) return std::nullopt;
      return journal[next++];
    }
    std::vector<std::string> journal;
    std::size_t next = 0;
  };
  struct Rebuilt final : Loader {
    bool take(std::string_view chunk) override {
      journal.emplace_back(chunk);
      return chunk != "nonsense";
    }
    std::vector<std::string> journal;
  };

  std::vector<std::string> journal_;
};

}  // namespace vow::node
