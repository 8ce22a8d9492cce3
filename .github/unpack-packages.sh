#!/usr/bin/env bash
# Packs every crate, and unpacks the packages into a workspace without the other files of the repository:
# `bash .github/unpack-packages.sh FOLDER`. It replaces FOLDER.
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

crates=(ambient-sdk-openapi ambient-sdk-generator ambient-sdk ambient-sdk-ext)
packages="${CARGO_TARGET_DIR:-$PWD/target}/package"
rm -rf "$packages" "${folder:?}"/*
cargo package --no-verify --allow-dirty "${crates[@]/#/--package=}"

# Cargo takes crates in the same folder of two workspaces for the same crate if they share a target folder.
mkdir "$folder/packed"
cp Cargo.lock "$folder"
{
  printf '[workspace]\nresolver = "3"\nmembers = ["packed/*"]\n[profile.dev]\ndebug = false\n[patch.crates-io]\n'
  for crate in "${crates[@]}"; do
    tar -xzf "$packages/$crate"-[0-9]*.crate -C "$folder/packed"
    mv "$folder/packed/$crate"-[0-9]* "$folder/packed/$crate"
    rm -f "$folder/packed/$crate/Cargo.lock"
    printf '%s = { path = "packed/%s" }\n' "$crate" "$crate"
  done
} >"$folder/Cargo.toml"
