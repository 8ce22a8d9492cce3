#!/usr/bin/env bash
# Tests the packages outside of the workspace, from their own files only: `bash .github/test-packages.sh`.
set -euo pipefail
cd "$(dirname "$0")/.."

# Most tests of ambient-sdk-ext require these features; without features, only the others run.
features=ambient-sdk-ext/blocking,ambient-sdk-ext/chrono,ambient-sdk-ext/jiff,ambient-sdk-ext/metrics
features+=,ambient-sdk-ext/mock,ambient-sdk-ext/oidc,ambient-sdk-ext/schemars

outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
bash .github/unpack-packages.sh "$outside"

cd "$outside"
cargo test --workspace
cargo test --workspace --features "$features"
cargo check --workspace --features "$features,ambient-sdk-ext/grpc"
