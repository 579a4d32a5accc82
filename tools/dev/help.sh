# shellcheck shell=bash
# Finding verbs and showing their help, which is the head comment of their files: usage, then what it does.

verbs() { basename -s .sh tools/dev/verbs/*.sh; }
is_verb() { verbs | grep -qxF -e "$1"; }
head_comment() { sed -n '1d; /^#/!q; s/^# \{0,1\}//p' "tools/dev/verbs/$1.sh"; }

show_help() { # [VERB]
  local verb
  if [ $# -gt 0 ] && [ "$1" != help ]; then
    is_verb "$1" || usage_error "there is no verb '$1'. Did you mean './dev help $(nearest_verb "$1")'?"
    head_comment "$1"
    return
  fi
  echo "./dev VERB [ARGUMENTS]: each verb first installs what it lacks."
  echo
  for verb in $(verbs); do printf '  %-12s %s\n' "$verb" "$(head_comment "$verb" | sed -n 2p)"; done
  printf '  %-12s %s\n' help "Shows this; './dev help VERB' shows what a verb takes."
}

# The verb that the fewest insertions, removals and replacements of letters make of this word.
nearest_verb() { # WORD
  { verbs && echo help; } | awk -v word="$1" '
    function least(a, b, c) { a = a < b ? a : b; return a < c ? a : c }
    function distance(s, t,    i, j, d) {
      for (i = 0; i <= length(s); i++) d[i, 0] = i
      for (j = 0; j <= length(t); j++) d[0, j] = j
      for (i = 1; i <= length(s); i++)
        for (j = 1; j <= length(t); j++)
          d[i, j] = least(d[i - 1, j] + 1, d[i, j - 1] + 1,
                          d[i - 1, j - 1] + (substr(s, i, 1) != substr(t, j, 1)))
      return d[length(s), length(t)]
    }
    { far = distance(word, $1) }
    NR == 1 || far < best { best = far; nearest = $1 }
    END { print nearest }'
}
