#!/usr/bin/env bash
# The git and GitHub steps of spec-drift.yml around `cargo xtask refresh`: `begin`, then `publish`.
#
# The script adds commits and never rewrites any: it continues the branch of an open pull request, even
# if others have committed to it. Without one, it starts a new branch at the base.
set -euo pipefail

: "${RUNNER_TEMP:?a folder for temporary files}"
BASE=${BASE:-main}
PREFIX=spec-drift
BOT=41898282+github-actions[bot]@users.noreply.github.com
TITLE="Refresh the copies of the interfaces from their canonical sources"
BODY=$RUNNER_TEMP/body.md

# Prints the branch of the open pull request, if there is one. Pull requests of forks are ignored.
open_branch() {
  gh pr list --state open --base "$BASE" --limit 1000 --json headRefName,isCrossRepository \
    --jq '.[] | select(.isCrossRepository | not) | .headRefName' |
    grep -E "^$PREFIX(-[0-9]+)?\$" | head -n 1 || true
}

# Prints an unused branch name: merged and abandoned branches are not reused.
free_branch() {
  local name=$PREFIX number=1
  while git show-ref --verify --quiet "refs/remotes/origin/$name"; do
    number=$((number + 1))
    name=$PREFIX-$number
  done
  echo "$name"
}

# Succeeds if only this workflow has changed the file on the branch.
is_ours() {
  local authors
  authors=$(git log --no-merges --format=%ae "origin/$BASE..HEAD" -- "$1")
  ! grep -qvxF "$BOT" <<<"${authors:-$BOT}"
}

# Merges the base. If only generated files conflict, they are reset to the base: the refresh regenerates them.
merge_base() {
  if git merge --quiet --no-edit "origin/$BASE"; then return; fi
  local file theirs=()
  while IFS= read -r file; do
    if ! is_ours "$file"; then theirs+=("$file"); fi
  done < <(git diff --name-only --diff-filter=U)
  if [ ${#theirs[@]} -gt 0 ]; then
    git merge --abort
    report_conflict "${theirs[@]}"
    exit 1
  fi
  while IFS= read -r file; do
    if ! is_ours "$file"; then continue; fi
    if git cat-file -e "origin/$BASE:$file" 2>/dev/null; then
      git checkout --quiet "origin/$BASE" -- "$file"
    else
      git rm --quiet --force -- "$file"
    fi
  done < <(git diff --name-only "origin/$BASE")
  git commit --quiet --no-edit
}

# Reports a conflict with commits of a maintainer, once for each state of the branch.
report_conflict() {
  local branch mark comments
  branch=$(git branch --show-current)
  mark="<!-- conflict of $(git rev-parse HEAD) -->"
  echo "::error::$branch conflicts with $BASE in: $*. Merge $BASE into it by hand."
  comments=$(gh pr view "$branch" --json comments --jq '.comments[].body')
  if grep -qF "$mark" <<<"$comments"; then return; fi
  {
    echo "$mark"
    printf 'The refresh has stopped: `%s` conflicts with commits on this branch in\n\n' "$BASE"
    printf -- '- `%s`\n' "$@"
    printf '\nMerge `%s` into `%s` and push the result; the next run continues from there.\n' "$BASE" "$branch"
  } >"$RUNNER_TEMP/comment.md"
  gh pr comment "$branch" --body-file "$RUNNER_TEMP/comment.md"
}

begin() {
  git config user.name "github-actions[bot]"
  git config user.email "$BOT"
  gh auth setup-git
  git fetch --quiet --prune --tags origin "+refs/heads/*:refs/remotes/origin/*"
  local branch
  branch=$(open_branch)
  if [ -z "$branch" ]; then
    git switch --quiet --no-track --create "$(free_branch)" "origin/$BASE"
    return
  fi
  git switch --quiet --no-track --force-create "$branch" "origin/$branch"
  merge_base
}

publish() {
  local branch known
  branch=$(git branch --show-current)
  git add --all -- openapi ambient-sdk/spec ambient-sdk/Cargo.toml README.md CHANGELOG.md Cargo.toml Cargo.lock
  if ! git diff --cached --quiet; then git commit --quiet --message "$TITLE"; fi
  known=$(git rev-parse --verify --quiet "refs/remotes/origin/$branch" || git rev-parse "origin/$BASE")
  if [ "$(git rev-parse HEAD)" = "$known" ]; then
    echo "No changes: nothing is pushed."
    return
  fi
  gh auth setup-git
  # Without force: this fails if somebody has pushed meanwhile, and the next run continues from there.
  git push --quiet origin "HEAD:refs/heads/$branch"
  if [ -z "$(open_branch)" ]; then
    gh pr create --base "$BASE" --head "$branch" --title "$TITLE" --body-file "$BODY"
  elif [ -s "$BODY" ]; then
    gh pr edit "$branch" --body-file "$BODY"
  fi
  # A push with a workflow's token starts no other workflow, so CI is dispatched explicitly.
  gh workflow run ci.yml --ref "$branch"
}

case "${1:-}" in
  begin | publish) "$1" ;;
  *) echo "usage: refresh.sh begin|publish" >&2; exit 2 ;;
esac
