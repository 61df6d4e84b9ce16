#!/usr/bin/env bash
# Gets Apache CXF through Maven into .tools/cxf and compiles the tests' peer on it, for the tests of WS-Security between two stacks.
# Where Maven or a JDK is not there, says so and leaves those tests out, by name.
set -euo pipefail
cd "$(dirname "$0")/.."
target=.tools/cxf
wanted=$(cat tests/support/cxf/* tools/get_cxf.sh | sha256sum | cut -d' ' -f1)

[ "$(cat "$target/made" 2>/dev/null || true)" = "$wanted" ] && exit 0
for need in mvn javac java; do
    if ! command -v "$need" >/dev/null; then
        echo "setup: no $need here; the tests between two SOAP stacks will be left out" >&2
        exit 0
    fi
done
echo "setup: getting Apache CXF (once; about 30 MB)" >&2
rm -rf "$target"
mkdir -p "$target"
if mvn -q -B -ntp -f tests/support/cxf/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DoutputDirectory="$PWD/$target/lib" -DincludeScope=runtime >"$target/log" 2>&1 &&
    javac -Xlint:all,-processing,-path -Werror -cp "$target/lib/*" -d "$target/classes" tests/support/cxf/CxfPeer.java >>"$target/log" 2>&1; then
    echo "$wanted" >"$target/made"
else
    tail -n 5 "$target/log" >&2
    echo "setup: Apache CXF could not be had; its tests will be left out" >&2
fi
