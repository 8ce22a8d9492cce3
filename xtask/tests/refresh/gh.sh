#!/usr/bin/env bash
# A fake of GitHub's command line, with at most one pull request, which is stored in files in $STATE.
set -euo pipefail
echo "$*" >>"$STATE/calls"
value() { # of an option
  local option=$1 before=
  shift
  for word in "$@"; do
    if [ "$before" = "$option" ]; then printf '%s' "$word"; fi
    before=$word
  done
}
case "${1:-} ${2:-}" in
  "auth setup-git" | "workflow run") ;;
  "pr list")
    if [ ! -f "$STATE/branch" ]; then exit 0; fi
    if command -v jq >/dev/null; then
      branch=$(cat "$STATE/branch")
      printf '[{"headRefName":"spec-drift-9","isCrossRepository":true},{"headRefName":"%s","isCrossRepository":false}]' \
        "$branch" | jq -r "$(value --jq "$@")"
    else
      cat "$STATE/branch"
    fi
    ;;
  "pr create") value --head "$@" >"$STATE/branch"; cp "$(value --body-file "$@")" "$STATE/body" ;;
  "pr edit") cp "$(value --body-file "$@")" "$STATE/body" ;;
  "pr view") cat "$STATE/comments" 2>/dev/null || true ;;
  "pr comment") cat "$(value --body-file "$@")" >>"$STATE/comments" ;;
  *) echo "unexpected call: gh $*" >&2; exit 1 ;;
esac
