#!/bin/sh
# Installs the Debian packages that the lab's real node needs. Where it cannot, it says why and ends with success: the lab
# works without a real node, and the tests that need one are skipped.
set -eu
packages="containerd runc containernetworking-plugins iproute2"
without() {
  echo "no real node: $1"
  exit 0
}

[ "$(uname -s)" = Linux ] || without "this is $(uname -s), and containers need Linux"
missing=""
for package in $packages; do
  case "$package" in
    containernetworking-plugins) [ -x /usr/lib/cni/bridge ] || [ -x /opt/cni/bin/bridge ] || missing="$missing $package" ;;
    iproute2) command -v ip > /dev/null || [ -x /usr/sbin/ip ] || missing="$missing $package" ;;
    *) command -v "$package" > /dev/null || [ -x "/usr/sbin/$package" ] || missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0
[ "$(id -u)" = 0 ] || without "root is needed to install$missing"
command -v apt-get > /dev/null || without "apt-get is needed to install$missing; install them by other means"
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
# Debian starts what it installs; the lab starts its own, with directories of its own.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
log=$(mktemp)
# shellcheck disable=SC2086
if ! { apt-get update && apt-get install --yes --no-install-recommends $missing; } > "$log" 2>&1; then
  tail -n 15 "$log"
  rm -f "$log"
  without "apt-get could not install$missing"
fi
rm -f "$log"
