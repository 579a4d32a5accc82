# The rules of tools/lint/layering, which see for the table; read by mawk too.

BEGIN {
  count = split(layers, word, /[ \n]+/)
  for (i = 1; i <= count; i++) if (word[i] ~ /^[0-9]+$/) rank[word[i + 1]] = word[i] + 0
  count = split(pure, word, " ")
  for (i = 1; i <= count; i++) is_pure[word[i]] = 1
  count = split(modules, word, " ")
  for (i = 1; i <= count; i++) is_module[word[i]] = 1

  top = rank["tests"]
  sdk = "participant-sdk"
  sdk_public = "participant-sdk/include"
  cli = "coordinator/cli"
  sdk_testing = "participant-sdk/testing"

  # Standard headers through which code reads clocks, files, devices or other threads.
  count = split("thread mutex shared_mutex condition_variable atomic future semaphore latch barrier stop_token " \
                "chrono ctime random iostream ostream istream fstream sstream cstdio filesystem csignal " \
                "syncstream", word, " ")
  for (i = 1; i <= count; i++) reads_world["<" word[i] ">"] = 1
}

FNR == 1 {
  folder = folder_of(FILENAME)
  in_comment = 0
  if (!(folder in rank) && !is_of_sdk(folder))
    refuse("folder '" folder "' has no place in the layers: see the table in tools/lint/layering")
}

{ code = without_comments($0) }

code ~ /^[ \t]*#[ \t]*include/ {
  target = code
  sub(/^[ \t]*#[ \t]*include[ \t]*/, "", target)
  sub(/[ \t]+$/, "", target)
  check_include(target)
  next
}

folder in is_pure { check_pure_line(code) }

END { exit findings > 0 }

# coordinator/raft/x.cc is in coordinator/raft, storage/sqlite/x.cc in storage.
function folder_of(path,    part, n) {
  n = split(path, part, "/")
  if (part[1] == "coordinator") return n > 2 ? part[1] "/" part[2] : part[1]
  if (part[1] == sdk && part[2] == "include") return sdk_public
  if (part[1] == sdk && part[2] == "testing") return sdk_testing
  if (part[1] == "vow") return sdk_public
  return part[1]
}

function is_of_sdk(name) { return name == sdk || name == sdk_public || name == sdk_testing }

function check_include(target,    path, into) {
  path = substr(target, 2, length(target) - 2)
  into = folder_of(path)
  if (folder == "examples" && target ~ /^"/) {
    if (!is_of_its_example(path)) refuse("examples have the SDK's public headers, and " path " is none of its own")
    return
  }
  if (target ~ /^<thrift\// && of_module(FILENAME)) return  # Apache's, not ours
  if (folder == sdk_public && !of_module(FILENAME)) check_core_include(target, path, into)
  if (into in rank || is_of_sdk(into)) {
    if (!may_include(folder, into)) refuse(folder " may not include " path ": arrows point down only")
  } else if (target ~ /^"/) {
    refuse("\"" path "\" is no path from the root")
  } else if (folder in is_pure && !is_harmless(target)) {
    refuse(folder " is pure and may not include " target)
  }
}

# Users' compilers see the headers of the SDK's core whatever they have installed. Headers of modules, vow/postgres.h and
# those in vow/postgres, are compiled with a driver.
function check_core_include(target, path, into) {
  if (of_module(path)) refuse("the SDK's core may not include its module's " path)
  else if (into != sdk_public && target ~ /^</ && target !~ /^<[a-z_]+>$/)
    refuse("the SDK's core names the standard library alone, not " target)
}

function of_module(path,    name) {
  name = path
  sub(/^(participant-sdk\/include\/)?vow\//, "", name)
  sub(/\/.*|\.h$/, "", name)
  return name in is_module
}

function may_include(from, into) {
  if (from == into) return 1
  if (from == sdk_public) return 0
  if (from == sdk)
    return into == sdk_public || into == "thrift" || into == "coordinator/base" || into == "coordinator/txn" ||
           into == "coordinator/rpc"
  if (from == sdk_testing)
    return into == sdk || into == sdk_public || into == "coordinator/rpc" ||
           (into in rank && rank[into] < rank["coordinator/rpc"])
  if (is_of_sdk(into)) return rank[from] == top || (from == cli && into == sdk_public)
  return rank[into] < rank[from] || (rank[from] == top && rank[into] == top && is_test_of(from, into))
}

# Tests and benchmarks may use examples and one another; examples are for users and stand alone.
function is_test_of(from, into) { return from != "examples" }

# Each example is a project by itself, which begins in its own folder.
function is_of_its_example(path,    part, file, line, is_there) {
  split(FILENAME, part, "/")
  file = part[1] "/" part[2] "/" path
  is_there = (getline line < file) >= 0
  close(file)
  return is_there
}

# A pure folder uses the standard library, less what reads the world, and text formatting.
function is_harmless(target) {
  if (target ~ /^<fmt\//) return 1
  return target ~ /^<[a-z_]+>$/ && !(target in reads_world)
}

function check_pure_line(code) {
  if (code ~ /(^|[^A-Za-z0-9_.>])(time|clock|rand|srand|random|getenv|usleep|sleep)[ \t]*\(/)
    refuse(folder " is pure and may not call time(), rand() and their like")
  if (code ~ /std::(random_device|mt19937|chrono|this_thread|thread|jthread|mutex|atomic|cout|cerr|clog|getenv)/ ||
      code ~ /(^|[^A-Za-z0-9_])thread_local([^A-Za-z0-9_]|$)/)
    refuse(folder " is pure and may not use clocks, threads, random devices or streams")
}

# The line without comments and without what stands in its string literals; an include keeps its path.
function without_comments(line,    start, end) {
  if (in_comment) {
    end = index(line, "*/")
    if (!end) return ""
    line = substr(line, end + 2)
    in_comment = 0
  }
  if (line !~ /^[ \t]*#[ \t]*include/) gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
  while ((start = index(line, "/*")) > 0) {
    end = index(substr(line, start + 2), "*/")
    if (!end) { in_comment = 1; return substr(line, 1, start - 1) }
    line = substr(line, 1, start - 1) " " substr(line, start + end + 3)
  }
  sub(/\/\/.*/, "", line)
  return line
}

function refuse(why) {
  print FILENAME ":" FNR ": " why
  findings++
}
