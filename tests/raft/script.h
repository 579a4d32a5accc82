// Reads a script, runs it, and writes it again with what happened.
//
// A script is a text of steps. Each is a line with a command, a line "----", and what then happened, up to an
// empty line. Lines that begin with "#" tell the reader what is going on. README.md lists the commands.
#pragma once

#include <string>

namespace vow::raft {

// The script with the outcome of every step as it was in this run. A failed check ends it, and is part of the
// text.
[[nodiscard]] std::string run_script(const std::string& script);

}  // namespace vow::raft
