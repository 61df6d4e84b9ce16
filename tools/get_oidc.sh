#!/usr/bin/env bash
# Gets npm's oidc-provider and jose into .tools/oidc, for the tests of access tokens and signed requests between two stacks.
# Where Node.js is not there, says so and leaves those tests out, by name.
set -euo pipefail
cd "$(dirname "$0")/.."
target=.tools/oidc
wanted=$(cat tests/support/oidc/* tools/get_oidc.sh | sha256sum | cut -d' ' -f1)

[ "$(cat "$target/made" 2>/dev/null || true)" = "$wanted" ] && exit 0
for need in node npm; do
    if ! command -v "$need" >/dev/null; then
        echo "setup: no $need here; the tests with another authorisation server will be left out" >&2
        exit 0
    fi
done
echo "setup: getting an authorisation server from npm (once; about 5 MB)" >&2
rm -rf "$target"
mkdir -p "$target"
cp tests/support/oidc/* "$target"
if (cd "$target" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$target/log" 2>&1; then
    echo "$wanted" >"$target/made"
else
    head -n 5 "$target/log" >&2
    echo "setup: the authorisation server could not be had; its tests will be left out" >&2
fi
