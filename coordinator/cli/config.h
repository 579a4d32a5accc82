// From what was given to the configuration in force: flag over variable over file over default.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coordinator/base/result.h"
#include "coordinator/cli/complaint.h"
#include "coordinator/cli/config_file.h"
#include "coordinator/cli/serve_config.h"

namespace vow::cli {

using Environment = std::map<std::string, std::string>;

struct Setting {
  std::string key;
  std::string value;
  std::string origin;  // "default" if nobody gave it
};

struct EffectiveConfig {
  ServeConfig config;
  std::vector<Setting> settings;  // every key, in the order of config_keys()
};

// The variables that set keys. One that looks like ours and is not (a section of ours, or a slip of the pen)
// is a complaint; VOW_SERVICE_HOST and its like, which Kubernetes sets by itself, are not.
[[nodiscard]] ParsedFile given_by(const Environment& environment);

// All that is wrong, not only the first. `given` in ascending order of weight: file, variables, flags.
[[nodiscard]] Result<EffectiveConfig, std::vector<Complaint>> resolve(const std::vector<Given>& given);

// What values that are fine by themselves may not be together; `resolve` calls it.
[[nodiscard]] std::vector<Complaint> contradictions(const ServeConfig& config);

}  // namespace vow::cli
