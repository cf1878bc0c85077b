# Sourced: counting GoogleTest cases, which CTest does not see.
# shellcheck shell=bash

# Prints "PASSED FAILED SKIPPED" over the XML reports that GoogleTest programs left in the folder REPORTS.
# JUNIT is CTest's own report: an entry that failed without a failing case (a crash, a time-out, a leak found at the
# end) counts as one failed case, and is named on standard error. The entry NAME is the program tests_NAME.
count_cases() { # REPORTS JUNIT
  local passed=0 failed=0 skipped=0 report counts entry
  for report in "$1"/*.xml; do
    [ -e "$report" ] || continue
    counts=$(cases_in "$report")
    read -r p f s <<<"$counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  done
  while read -r entry; do
    report=$1/tests_$entry.xml
    if [ -s "$report" ] && read -r _ f _ < <(cases_in "$report") && [ "$f" -gt 0 ]; then continue; fi
    say "test program $entry failed outside of its cases"
    failed=$((failed + 1))
  done < <(failed_entries "$2")
  echo "$passed $failed $skipped"
}

cases_in() { # GOOGLETEST_XML
  awk '
    /^ *<testcase name="/ { open = 0
      if (/status="notrun"/) next
      if (/result="skipped"/) { skipped++; next }
      passed++; open = 1 }
    /^ *<failure / && open { passed--; failed++; open = 0 }
    END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

failed_entries() { # CTEST_JUNIT
  [ -e "$1" ] || return 0
  sed -n 's/.*<testcase name="\([^"]*\)".* status="\(fail\|notrun\)".*/\1/p' "$1"
}
