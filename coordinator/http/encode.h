// What the coordinator says, as JSON: the members have the names of the structs' (dispatch/requests.h).
#pragma once

#include <string>
#include <vector>

#include "coordinator/dispatch/requests.h"
#include "coordinator/http/cluster_view.h"
#include "coordinator/http/json.h"

namespace vow::http {

// For what has been done and needs no more words: {}.
struct Done {};
// The act is taken note of for so many reports.
struct Reported {
  std::size_t reports = 0;
};
// A list, and of which node.
template <class Item>
struct Listed {
  NodeId node;
  bool leading = false;
  std::vector<Item> items;
};

[[nodiscard]] JsonObject encode(const Done& done);
[[nodiscard]] JsonObject encode(const Reported& reported);
[[nodiscard]] JsonObject encode(const txn::Answer& answer);
[[nodiscard]] JsonObject encode(const dispatch::Begun& begun);
[[nodiscard]] JsonObject encode(const dispatch::SessionOpened& opened);
[[nodiscard]] JsonObject encode(const dispatch::Polled& polled);
[[nodiscard]] JsonObject encode(const dispatch::TransactionShown& shown);
[[nodiscard]] JsonObject encode(const ClusterView& cluster);
[[nodiscard]] JsonObject encode(const Listed<dispatch::TransactionShown>& listed);
[[nodiscard]] JsonObject encode(const Listed<dispatch::SessionShown>& listed);
[[nodiscard]] JsonObject encode(const Listed<dispatch::ResourceShown>& listed);

}  // namespace vow::http
