#!/bin/sh
# Installs the Debian packages that the lab's real node needs. Where it cannot, it says why and ends with success: the lab
# works without a real node, and the tests that need one are skipped.
set -eu
. "$(dirname "$0")/debian-packages.sh"

if [ "$(uname -s)" != Linux ]; then
  echo "no real node: this is $(uname -s), and containers need Linux"
  exit 0
fi
missing=""
for package in containerd runc containernetworking-plugins iproute2; do
  case "$package" in
    containernetworking-plugins) [ -x /usr/lib/cni/bridge ] || [ -x /opt/cni/bin/bridge ] || missing="$missing $package" ;;
    iproute2) command -v ip > /dev/null || [ -x /usr/sbin/ip ] || missing="$missing $package" ;;
    *) command -v "$package" > /dev/null || [ -x "/usr/sbin/$package" ] || missing="$missing $package" ;;
  esac
done
# shellcheck disable=SC2086
install_packages "real node" $missing
