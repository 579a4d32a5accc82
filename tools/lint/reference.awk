# From headers to a page of Markdown, for tools/lint/reference; read by mawk too.
#
#   page=NAME     the page's first header is vow/NAME.h
#   only=A,B      before a file: of this one, only these
#   wanted=summary   no page: what the header is about, in a few words
#
# It reads what clang-format has written: what begins at some column ends at the same one. What follows without a blank
# line shares the comment of what it follows.

FNR == 1 { begin_file() }
wanted == "summary" && !in_head { exit }
{ read_line($0) }
END {
  if (wanted == "summary") { print summary(); exit }
  if (text[0] !~ /\n## /) refuse("nothing of it came on its page")
  printf "%s", text[0]
  exit findings > 0
}

function begin_file() {
  in_head = 1
  is_first = FNR == NR
  depth = 0
  declaration = ""
  skip_until = ""
  open_braces = 0
  first_line = 1
  forget_comment()
}

function read_line(line,    bare) {
  if (open_braces) {
    open_braces += braces_of(line)
    return
  }
  if (skip_until != "") {
    if (line ~ skip_until) skip_until = ""
    return
  }
  bare = line
  sub(/^ +/, "", bare)
  if (declaration != "") return gather(bare)
  if (bare ~ /^\/\//) return read_comment(bare)
  if (in_head) end_head()
  if (bare == "") return forget_comment()
  if (bare ~ /^(#|namespace vow[a-z:]* \{|\}  \/\/ namespace|friend )/) return
  if (bare ~ /^namespace /) {  # of the SDK's own
    open_braces = braces_of(line)
    return forget_comment()
  }
  if (bare ~ /^(public|protected|private):/) return change_access(bare)
  if (depth > 0 && line == type_indent[depth] "};") return end_type()
  if (depth > 0 && is_hidden[depth]) return
  if (head_covers && bare !~ /;$/) is_covered = 1
  head_covers = head_covers && bare ~ /;$/
  indent = line
  sub(/[^ ].*/, "", indent)
  first_line = FNR
  gather(bare)
}

# How many more it opens than it closes.
function braces_of(line) {
  gsub(/"([^"\\]|\\.)*"|'.'|\/\/.*/, "", line)
  return gsub(/\{/, "", line) - gsub(/\}/, "", line)
}

function skip_to(pattern) {
  skip_until = pattern
  forget_comment()
}

# --- comments

function read_comment(bare) {
  sub(/^\/\/ ?/, "", bare)
  if (bare ~ /^--- /) return forget_comment()
  if (!in_head && group_has_begun) forget_comment()
  is_covered = 0
  comment[++comment_lines] = bare
}

function forget_comment() { comment_lines = group_has_begun = is_covered = 0 }

function end_head() {
  in_head = 0
  if (wanted == "summary") return
  if (is_first) text[0] = "# vow/" page ".h\n\n" prose()
  head_covers = is_first && comment_lines > 0
  forget_comment()
}

# The comment as Markdown: what is set in by two columns is code, or a list.
function prose(    i, line, is_code, in_list, out, block) {
  for (i = 1; i <= comment_lines + 1; i++) {
    line = i <= comment_lines ? comment[i] : ""
    in_list = line ~ /^  - / || (in_list && line ~ /^  /)
    is_code = line ~ /^  / && !in_list
    if (is_code) {
      sub(/^  /, "", line)
      block = block line "\n"
      continue
    }
    if (block != "") {
      out = out (out ~ /\n\n$/ || out == "" ? "" : "\n") fenced(block) (line == "" ? "" : "\n")
      block = ""
    }
    if (in_list) sub(/^  /, "", line)
    if (i <= comment_lines) out = out escaped(line) "\n"
  }
  sub(/\n+$/, "\n", out)
  return out
}

function fenced(block) {
  sub(/\n+$/, "\n", block)
  return "```" (block ~ /;\n|\{\n/ ? "cpp" : "text") "\n" block "```\n"
}

# Markdown's own signs, but for those within backticks.
function escaped(line,    part, count, i, out) {
  count = split(line, part, "`")
  for (i = 1; i <= count; i++) {
    if (i % 2 == 1) gsub(/[<*]/, "\\\\&", part[i])
    out = out (i > 1 ? "`" : "") part[i]
  }
  return out
}

function in_one_line(    i, out) {
  for (i = 1; i <= comment_lines; i++) out = out (i > 1 ? " " : "") escaped(comment[i])
  gsub(/ +/, " ", out)
  gsub(/\|/, "\\|", out)
  return out
}

function summary(    out) {
  for (comment_lines = 1; comment[comment_lines] != ""; comment_lines++) {}
  comment_lines--
  out = in_one_line()
  sub(/\. .*/, ".", out)
  sub(/[.:,]$/, "", out)
  return out
}

# --- declarations

# Adds a line, and takes the declaration up once it is whole.
function gather(bare,    at, rest, trailing) {
  if (match(bare, /  \/\/ .*/)) {
    trailing = substr(bare, RSTART + 5)
    bare = substr(bare, 1, RSTART - 1)
    sub(/ +$/, "", bare)
  }
  if (declaration == "") trailing_comment = ""
  if (trailing != "") trailing_comment = trailing_comment (trailing_comment == "" ? "" : " ") trailing
  declaration = declaration (declaration == "" ? "" : (declaration ~ /^template <[^()]*>$/ ? "\n" : " ")) bare
  if (is_type(declaration) && declaration ~ /\{$/) return begin_type()
  if (depth > 0 && is_enumeration[depth]) return take_enumerators()
  at = end_of(declaration)
  if (!at) return
  rest = substr(declaration, at)
  declaration = substr(declaration, 1, at - 1)
  sub(/ +$/, "", declaration)
  if (rest !~ /^;/ && !is_closed(rest)) skip_until = "^" indent "\\}"
  take_declaration()
}

function is_type(all) {
  sub(/^template <[^\n]*\n/, "", all)
  return all ~ /^(class|struct|enum class|enum) /
}

# Where it ends: at its semicolon, its body or its initializers. 0: not yet.
function end_of(all,    i, c, parens, angles, braces) {
  is_function = 0
  for (i = 1; i <= length(all); i++) {
    c = substr(all, i, 1)
    if (c == "(") {
      if (!parens && !angles && !braces) is_function = 1
      parens++
    } else if (c == ")") parens--
    else if (parens) continue
    else if (c == "<") angles++
    else if (c == ">" && substr(all, i - 1, 1) != "-") angles--
    else if (c == "{" && is_function && !braces) return i
    else if (c == "{") braces++
    else if (c == "}") braces--
    else if (braces) continue
    else if (c == ";") return i
    else if (c == ":" && is_function && substr(all, i - 1, 3) == " : ") return i
  }
  return 0
}

function is_closed(body,    opened, closed) {
  opened = gsub(/\{/, "{", body)
  closed = gsub(/\}/, "}", body)
  return opened > 0 && opened == closed
}

function take_declaration(    shown) {
  shown = declaration
  declaration = ""
  if (shown ~ /^(using|class|struct|enum) /) is_function = 0
  gsub(/\[\[[a-z]+\]\] |VOW_EXPORT |inline /, "", shown)
  gsub(/\( /, "(", shown)
  if (!is_for_users(shown)) {
    group_has_begun = comment_lines > 0
    return
  }
  if (depth > 0 && !is_function && shown !~ /^using /) add_row(shown)
  else add_code(shown)
  group_has_begun = 1
}

function is_for_users(shown) {
  if (shown ~ /sdk::|= delete$| override$| override |operator=\(|^using [^=]*$/) return 0
  if (shown ~ /^(class|struct|enum)[^{]*$/ || shown ~ /^[^(]*[a-z_]::~?[a-z_]+\(/) return 0  # declared elsewhere
  if (shown ~ /^virtual ~|= default$|^~/ && !comment_lines) return 0
  return depth > 0 || only == "" || index("," only ",", "," name_of(shown) ",")
}

function name_of(shown) {
  sub(/^template <[^\n]*\n/, "", shown)
  if (sub(/^(class|struct|enum class|enum) /, "", shown)) {
    # What follows the name is cut off below.
  } else if (is_function) {
    sub(/\(.*/, "", shown)
    sub(/.*[ &*]/, "", shown)
  } else {
    sub(/^using /, "", shown)
    if (sub(/(\{| = ).*/, "", shown)) sub(/.* /, "", shown)
  }
  sub(/[^A-Za-z_0-9].*/, "", shown)
  return shown
}

# Its own comment stands behind it or above it; that of a group only with the first.
function add_row(shown) {
  gsub(/\|/, "\\|", shown)
  if (trailing_comment != "") {
    comment[comment_lines = 1] = trailing_comment
  } else if (group_has_begun) {
    comment_lines = 0
  }
  rows[depth] = rows[depth] "| `" shown "` | " in_one_line() " |\n"
}

# A group of functions is a block of code, and its comment.
function add_code(shown,    needs) {
  needs = shown !~ /^using / && shown !~ /^virtual ~|= default$|^constexpr /
  if (needs && !comment_lines && !is_covered) refuse("no comment says what this is: " shown)
  if (!group_has_begun) {
    before_group = text[depth] heading_of(shown)
    group = ""
  }
  group = group shown ";\n"
  text[depth] = before_group "\n```cpp\n" group "```\n" (comment_lines ? "\n" prose() : "")
}

function heading_of(shown,    marked) {
  if (depth == 0) return is_covered ? "" : "\n## " name_of(shown) (is_function ? "()" : "") "\n"
  marked = marker[depth]
  marker[depth] = ""
  return marked == "" ? "" : "\n" marked "\n"
}

# --- types

function begin_type(    shown, name, code) {
  shown = declaration
  declaration = ""
  is_function = 0
  gsub(/VOW_EXPORT /, "", shown)
  sub(/ \{$/, "", shown)
  name = name_of(shown)
  if (depth == 0 && only != "" && !index("," only ",", "," name ",")) return skip_to("^};")
  if (!comment_lines && !is_covered && depth == 0) refuse("no comment says what this is: " shown)
  depth++
  type_indent[depth] = indent
  full_name[depth] = (depth > 1 ? full_name[depth - 1] "::" : "") name
  is_enumeration[depth] = shown ~ /^enum/
  is_hidden[depth] = shown ~ /(^|\n)class /
  text[depth] = ""
  after[depth] = ""
  rows[depth] = ""
  marker[depth] = ""
  code = shown ~ /\n|:|final/ ? "\n```cpp\n" shown "\n```\n" : ""
  head[depth] = "\n## " full_name[depth] "\n" code (comment_lines ? "\n" prose() : "")
  cover(comment_lines > 0 || is_covered)
}

# What follows at once needs no comment of its own.
function cover(is_so) {
  has_comment[depth] = is_so
  forget_comment()
  is_covered = is_so
}

function end_type(    whole) {
  whole = head[depth]
  if (rows[depth] != "") whole = whole "\n| | |\n|---|---|\n" rows[depth]
  whole = whole text[depth] after[depth]
  depth--
  after[depth] = after[depth] whole
  if (depth == 0) {
    text[0] = text[0] after[0]
    after[0] = ""
  }
  cover(has_comment[depth + 1])
}

function change_access(bare) {
  is_hidden[depth] = bare ~ /^private/
  marker[depth] = bare ~ /^protected/ ? "For those who derive from it:" : ""
}

function take_enumerators() {
  sub(/,$/, "", declaration)
  add_row(declaration)
  declaration = ""
  forget_comment()
}

function refuse(why) {
  gsub(/\n/, " ", why)
  print "vow/" FILENAME ":" first_line ": " why >"/dev/stderr"
  findings++
}
