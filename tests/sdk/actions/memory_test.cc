// The contract itself, with the least that can keep it.
#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "tests/sdk/actions/contract.h"

namespace vow::sdk {
namespace {

using Clock = std::chrono::system_clock;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

struct Kept {
  record::row row;
  std::int64_t created_at = 0;
};

class Memory final : public Ledger {
 public:
  using Key = std::pair<std::string, std::string>;
  static Key key_of(const preparation& which) { return {which.xid, which.branch}; }
  struct Contents {
    int balance = 0;
    std::map<Key, Kept> rows;
  };

  std::unique_ptr<record::book> open(std::chrono::milliseconds retention) override;
  void add(void* handle, int amount) override { static_cast<Contents*>(handle)->balance += amount; }
  int balance() override { return contents_.balance; }
  std::string state_of(const preparation& which) override {
    const auto at = contents_.rows.find(key_of(which));
    return at == contents_.rows.end() ? std::string() : std::string(name(at->second.row.state));
  }

  std::recursive_mutex mutex_;  // guards what follows
  Contents contents_;
};

class MemoryRows final : public record::rows {
 public:
  explicit MemoryRows(Memory::Contents& in) : in_(in) {}
  bool add(const record::row& one) override {
    if (now_ms() >= record::deadline_ms_of(one.which.xid) && !one.although_late) return false;
    return in_.rows.try_emplace(Memory::key_of(one.which), Kept{one, now_ms()}).second;
  }
  std::optional<record::row> find(const preparation& which) override {
    const auto at = in_.rows.find(Memory::key_of(which));
    return at == in_.rows.end() ? std::nullopt : std::optional(at->second.row);
  }
  void change(const preparation& which, record::state to, std::string_view payload) override {
    Kept& kept = in_.rows.at(Memory::key_of(which));
    kept.row.state = to;
    kept.row.payload = payload;
    kept.created_at = now_ms();
  }

 private:
  Memory::Contents& in_;
};

class MemoryBook final : public record::book {
 public:
  MemoryBook(Memory& in, std::int64_t retention) : in_(in), retention_(retention) {}
  void make() override {}
  void transact(const preparation&, const transaction& work) override {
    const std::lock_guard lock(in_.mutex_);
    Memory::Contents changed = in_.contents_;
    MemoryRows rows(changed);
    work(&changed, rows);
    in_.contents_ = std::move(changed);
  }
  std::vector<found> list_open() override {
    std::vector<found> all;
    for (const auto& [key, kept] : in_.contents_.rows) {
      if (is_open(kept))
        all.push_back({kept.row.which, std::chrono::milliseconds(now_ms() - kept.created_at)});
    }
    return all;
  }
  bool says_committed(const std::string& xid) override {
    return std::any_of(in_.contents_.rows.begin(), in_.contents_.rows.end(), [&](const auto& each) {
      return each.first.first == xid && each.second.row.state == record::state::committed;
    });
  }
  void clean() override {
    std::erase_if(in_.contents_.rows, [&](const auto& each) {
      const auto& [key, kept] = each;
      const std::int64_t last = std::max(kept.created_at, record::deadline_ms_of(key.first));
      return !is_open(kept) && last + retention_ < now_ms();
    });
  }

 private:
  static bool is_open(const Kept& kept) {
    return kept.row.state == record::state::attempting || kept.row.state == record::state::prepared;
  }
  Memory& in_;
  const std::int64_t retention_;
};

std::unique_ptr<record::book> Memory::open(std::chrono::milliseconds retention) {
  return std::make_unique<MemoryBook>(*this, retention.count());
}

std::unique_ptr<Ledger> make() { return std::make_unique<Memory>(); }

INSTANTIATE_TEST_SUITE_P(InMemory, ActionsContract, ::testing::Values(&make));
INSTANTIATE_TEST_SUITE_P(InMemory, HookContract, ::testing::Values(&make));

}  // namespace
}  // namespace vow::sdk
