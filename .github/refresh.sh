#!/usr/bin/env bash
# What spec-drift.yml does with git and GitHub around `cargo xtask refresh`: `begin`, then `publish`.
#
# It adds commits and never rewrites any: the branch of an open pull request is gone on with, whoever has
# committed to it. Without one, a new branch begins at the base.
set -euo pipefail

: "${COPY:?the name of the copy}" "${RUNNER_TEMP:?a folder for temporary files}"
BASE=${BASE:-main}
PREFIX=spec-drift
BOT=41898282+github-actions[bot]@users.noreply.github.com
TITLE="Refresh openapi/$COPY.yaml from its canonical document"
BODY=$RUNNER_TEMP/body.md

# The branch of the open pull request, if there is one; those of forks can have any name.
open_branch() {
  gh pr list --state open --base "$BASE" --limit 1000 --json headRefName,isCrossRepository \
    --jq '.[] | select(.isCrossRepository | not) | .headRefName' |
    grep -E "^$PREFIX(-[0-9]+)?\$" | head -n 1 || true
}

# A name that no branch has: one that was merged or given up is not written to again.
free_branch() {
  local name=$PREFIX number=1
  while git show-ref --verify --quiet "refs/remotes/origin/$name"; do
    number=$((number + 1))
    name=$PREFIX-$number
  done
  echo "$name"
}

# Whether nobody but this workflow has changed the file since the branch began.
is_ours() {
  local authors
  authors=$(git log --no-merges --format=%ae "origin/$BASE..HEAD" -- "$1")
  ! grep -qvxF "$BOT" <<<"${authors:-$BOT}"
}

# Merges the base. Where only files conflict that are made anew anyway, all of these start from the base.
merge_base() {
  if git merge --quiet --no-edit "origin/$BASE"; then return; fi
  local file theirs=()
  while IFS= read -r file; do
    if ! is_ours "$file"; then theirs+=("$file"); fi
  done < <(git diff --name-only --diff-filter=U)
  if [ ${#theirs[@]} -gt 0 ]; then
    git merge --abort
    say_conflict "${theirs[@]}"
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

# Says once for each state of the branch that somebody's commits are in the way.
say_conflict() {
  local branch mark said
  branch=$(git branch --show-current)
  mark="<!-- conflict of $(git rev-parse HEAD) -->"
  echo "::error::$branch conflicts with $BASE in: $*. Merge $BASE into it by hand."
  said=$(gh pr view "$branch" --json comments --jq '.comments[].body')
  if grep -qF "$mark" <<<"$said"; then return; fi
  {
    echo "$mark"
    printf 'The refresh has stopped: `%s` conflicts with commits of this branch in\n\n' "$BASE"
    printf -- '- `%s`\n' "$@"
    printf '\nMerge `%s` into `%s` and push it; the next run goes on from there.\n' "$BASE" "$branch"
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
    echo "Nothing has changed: nothing is pushed."
    return
  fi
  gh auth setup-git
  # Without force: it fails if somebody has pushed meanwhile, and the next run goes on from there.
  git push --quiet origin "HEAD:refs/heads/$branch"
  if [ -z "$(open_branch)" ]; then
    gh pr create --base "$BASE" --head "$branch" --title "$TITLE" --body-file "$BODY"
  elif [ -s "$BODY" ]; then
    gh pr edit "$branch" --body-file "$BODY"
  fi
  # Pushes with the token of a workflow start no workflow but by a dispatch: nothing else would check it.
  gh workflow run ci.yml --ref "$branch"
}

case "${1:-}" in
  begin | publish) "$1" ;;
  *) echo "usage: refresh.sh begin|publish" >&2; exit 2 ;;
esac
