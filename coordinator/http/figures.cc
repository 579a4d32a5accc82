#include "coordinator/http/figures.h"

#include <map>
#include <sstream>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "coordinator/http/text.h"

namespace vow::http {
namespace {

using dispatch::Metric;

prometheus::MetricType type_of(Metric::Kind kind) {
  switch (kind) {
    case Metric::Kind::counter:
      return prometheus::MetricType::Counter;
    case Metric::Kind::gauge:
      return prometheus::MetricType::Gauge;
    case Metric::Kind::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric client_metric(const Metric& metric) {
  prometheus::ClientMetric out;
  for (const auto& [name, value] : metric.labels) out.label.push_back({name, as_utf8(value)});
  out.counter.value = metric.value;
  out.gauge.value = metric.value;
  out.histogram.sample_sum = metric.value;
  for (const auto& [upper_bound, count] : metric.buckets) {
    out.histogram.bucket.push_back({count, upper_bound});
    out.histogram.sample_count = count;
  }
  return out;
}

Metric figure(Metric::Kind kind, std::string name, std::string help, double value,
              std::map<std::string, std::string> labels = {}) {
  return {.name = std::move(name),
          .help = std::move(help),
          .kind = kind,
          .labels = std::move(labels),
          .value = value};
}

}  // namespace

std::string metrics_text(const std::vector<Metric>& metrics) {
  // One family to a name, in the order of their first.
  std::vector<prometheus::MetricFamily> families;
  std::map<std::string, std::size_t> places;
  for (const Metric& metric : metrics) {
    const auto [at, is_new] = places.try_emplace(metric.name, families.size());
    if (is_new) families.push_back({metric.name, metric.help, type_of(metric.kind), {}});
    families[at->second].metric.push_back(client_metric(metric));
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

struct Figures::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("vow_http_requests_total")
                                                          .Help("HTTP requests answered.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("vow_http_request_duration_seconds")
          .Help("From a request's last byte to its response's first, what it was asked to wait included.")
          .Register(registry);
};

Figures::Figures() : families_(std::make_unique<Families>()) {}
Figures::~Figures() = default;

void Figures::answered(std::string_view method, std::string_view route, int status, double seconds) {
  static const prometheus::Histogram::BucketBoundaries bounds{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0};
  const std::string method_label(method);
  const std::string route_label(route);
  families_->requests
      .Add({{"method", method_label}, {"route", route_label}, {"status", std::to_string(status)}})
      .Increment();
  families_->seconds.Add({{"method", method_label}, {"route", route_label}}, bounds).Observe(seconds);
}

std::string Figures::text(const Connections::Counts& connections, const Shares& shares) const {
  using Type = Metric::Kind;
  const auto count = [](auto value) { return static_cast<double>(value); };
  const std::string dropped = "vow_http_connections_dropped_total";
  const std::string dropped_help = "Connections that were turned away or cut off.";
  std::vector<Metric> metrics{
      figure(Type::gauge, "vow_http_connections", "Connections that are being served.",
             count(connections.served)),
      figure(Type::gauge, "vow_http_connections_waiting", "Connections that wait for a thread.",
             count(connections.waiting)),
      figure(Type::counter, dropped, dropped_help, count(connections.refused), {{"why", "too_many"}}),
      figure(Type::counter, dropped, dropped_help, count(connections.slow), {{"why", "slow"}}),
      figure(Type::counter, dropped, dropped_help, count(connections.crowded), {{"why", "crowded"}}),
  };
  const std::map<std::string, http::Kind> kinds{
      {"quick", http::Kind::quick}, {"waits", http::Kind::waits}, {"polls", http::Kind::polls}};
  for (const auto& [name, kind] : kinds) {
    metrics.push_back(figure(Type::gauge, "vow_http_requests_in_progress", "Requests that hold a thread.",
                             count(shares.taken(kind)), {{"kind", name}}));
  }
  std::ostringstream own;
  prometheus::TextSerializer().Serialize(own, families_->registry.Collect());
  return metrics_text(metrics) + own.str();
}

}  // namespace vow::http
