// The functions behind the routes (routes.cc), which says what each is for.
#pragma once

#include "coordinator/http/route.h"

namespace vow::http {

// endpoints_health.cc
Response livez(const Call& call);
Response readyz(const Call& call);
Response metrics(const Call& call);
Response openapi(const Call& call);

// endpoints_transactions.cc
Response list_transactions(const Call& call);
Response begin_transaction(const Call& call);
Response show_transaction(const Call& call);
Response vote(const Call& call);
Response enlist(const Call& call);
Response commit(const Call& call);
Response rollback(const Call& call);
Response outcome(const Call& call);

// endpoints_sessions.cc
Response list_sessions(const Call& call);
Response list_resources(const Call& call);
Response open_session(const Call& call);
Response close_session(const Call& call);
Response poll(const Call& call);
Response report(const Call& call);

// endpoints_operators.cc
Response show_cluster(const Call& call);
Response retry(const Call& call);
Response force(const Call& call);
Response add_member(const Call& call);
Response promote_member(const Call& call);
Response remove_member(const Call& call);
Response transfer_leadership(const Call& call);

}  // namespace vow::http
