#include "coordinator/cli/config_file.h"

#include <map>
#include <optional>

#include <fmt/format.h>

namespace vow::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

// Up to a # that stands at the beginning or after a blank, outside of quotes.
std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
      return line.substr(0, i);
    }
  }
  return line;
}

// "text", 'text' or text. Nothing inside of quotes is special.
std::optional<std::string> unquoted(std::string_view value) {
  if (value.empty()) return std::string();
  const char quote = value.front();
  if (quote != '"' && quote != '\'') {
    if (value.find_first_of("\"'") != std::string_view::npos) return std::nullopt;
    return std::string(value);
  }
  if (value.size() < 2 || value.back() != quote) return std::nullopt;
  value = value.substr(1, value.size() - 2);
  if (value.find(quote) != std::string_view::npos) return std::nullopt;
  return std::string(value);
}

// A list in brackets becomes its elements with commas between them.
std::optional<std::string> value_of(std::string_view text) {
  if (text.empty() || text.front() != '[') return unquoted(text);
  const std::size_t close = text.find(']');
  // An address of version 6 begins with a bracket as well.
  if (close != text.size() - 1) return unquoted(text);
  text = trimmed(text.substr(1, text.size() - 2));
  std::string joined;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const auto element = unquoted(trimmed(text.substr(0, comma)));
    if (!element) return std::nullopt;
    if (!element->empty()) joined += (joined.empty() ? "" : ",") + *element;
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return joined;
}

bool is_name(std::string_view name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

Complaint bad_line(std::string_view line, const std::string& origin) {
  return {fmt::format("cannot read `{}`", line), origin, "it is neither `key = value` nor `[section]`",
          "Write a line such as `client.listen = 127.0.0.1:7400`, quotes on both sides or none.", "VOW-1001"};
}

}  // namespace

ParsedFile parse_config_file(std::string_view text, std::string_view path) {
  ParsedFile parsed;
  std::string section;
  std::map<std::string, std::string> seen;  // key to where
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(without_comment(text.substr(0, end)));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::string origin = fmt::format("{}:{}", path, ++number);
    if (line.empty()) continue;

    if (line.front() == '[' && line.back() == ']' && is_name(line.substr(1, line.size() - 2))) {
      section = std::string(line.substr(1, line.size() - 2)) + ".";
      continue;
    }
    const std::size_t equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    const auto value =
        equals == std::string_view::npos ? std::nullopt : value_of(trimmed(line.substr(equals + 1)));
    if (!is_name(name) || !value) {
      parsed.complaints.push_back(bad_line(line, origin));
      continue;
    }
    const std::string key = section + std::string(name);
    const auto [before, is_new] = seen.try_emplace(key, origin);
    if (is_new)
      parsed.given.push_back({key, *value, origin});
    else
      parsed.complaints.push_back({fmt::format("{} is set twice", key), origin,
                                   fmt::format("it was set at {} before", before->second),
                                   "Keep one of the two.", "VOW-1001"});
  }
  return parsed;
}

}  // namespace vow::cli
