#!/usr/bin/env bash
# Gets Debian's Chromium, for the tests of the page verify.html in a real browser: by apt, as root. Elsewhere, where no
# chromium is installed, says so and leaves those tests out, by name.
set -euo pipefail
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "setup: no chromium here; the tests in a browser will be left out" >&2
    exit 0
fi
echo "setup: installing Chromium by apt (once; about 100 MB)" >&2
log=$(mktemp)
if ! (apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends chromium) >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "setup: Chromium could not be had; the tests in a browser will be left out" >&2
fi
rm -f "$log"
