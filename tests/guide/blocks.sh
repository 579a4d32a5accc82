# shellcheck shell=bash
# Taking blocks of code out of pages. A test script sources this.

# Each block of code of the page as a file, NUMBER.LANGUAGE, and beside it NUMBER.at: the section, and the file whose
# name stands above the block.
take_blocks() { # PAGE FOLDER
  mkdir -p "$2"
  awk -v into="$2" '
    /^## / { section = substr($0, 4) }
    /^`[^`]+`:$/ { split($0, part, "`"); name = part[2] }
    /^```[a-z]/ {
      to = sprintf("%s/%02d.", into, ++count)
      print section "\t" name >(to "at")
      out = to substr($0, 4)
      printf "" >out
      inside = 1
      next
    }
    /^```$/ { inside = 0; name = "" }
    inside { print >out }' "$1"
}
