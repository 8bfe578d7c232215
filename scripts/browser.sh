#!/bin/sh
# Makes sure that a Chromium is there for the browser tests: a setting, PATH, or Debian's package where we may install it.
set -eu
for candidate in "${WINDLASS_CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
  exit 0
fi
echo "The browser tests need Chromium, which is not on PATH and cannot be installed without root." >&2
echo "Install it (Debian: apt-get install chromium) or name it in WINDLASS_CHROMIUM, then run this again." >&2
exit 1
