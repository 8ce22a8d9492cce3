#!/usr/bin/env bash
# Tests the packages outside of the workspace, from their own files only: `bash .github/test-packages.sh`.
set -euo pipefail
cd "$(dirname "$0")/.."

crates=(ambient-sdk-openapi ambient-sdk-generator ambient-sdk ambient-sdk-ext)
# Most tests of ambient-sdk-ext require these features; without features, only the others run.
features=ambient-sdk-ext/blocking,ambient-sdk-ext/chrono,ambient-sdk-ext/jiff,ambient-sdk-ext/metrics
features+=,ambient-sdk-ext/mock,ambient-sdk-ext/oidc,ambient-sdk-ext/schemars

packages="${CARGO_TARGET_DIR:-$PWD/target}/package"
rm -rf "$packages"
cargo package --no-verify --allow-dirty "${crates[@]/#/--package=}"

outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
cp Cargo.lock "$outside"
{
  printf '[workspace]\nresolver = "3"\nmembers = ["*-*"]\n[profile.dev]\ndebug = false\n[patch.crates-io]\n'
  for crate in "${crates[@]}"; do
    tar -xzf "$packages/$crate"-[0-9]*.crate -C "$outside"
    mv "$outside/$crate"-[0-9]* "$outside/$crate"
    rm -f "$outside/$crate/Cargo.lock"
    printf '%s = { path = "%s" }\n' "$crate" "$crate"
  done
} >"$outside/Cargo.toml"

cd "$outside"
cargo test --workspace
cargo test --workspace --features "$features"
cargo check --workspace --features "$features,ambient-sdk-ext/grpc"
