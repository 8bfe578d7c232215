# Sourced. `install_packages WITHOUT MISSING...` installs Debian packages; where it cannot, it says why what needs them goes
# without (`no real node: ...`) and ends the script with success.
install_packages() {
  what=$1
  shift
  [ $# -gt 0 ] || exit 0
  without() {
    echo "no $what: $1"
    exit 0
  }
  [ "$(id -u)" = 0 ] || without "root is needed to install $*"
  command -v apt-get > /dev/null || without "apt-get is needed to install $*; install them by other means"
  echo "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  # Debian starts what it installs; the lab starts its own, with directories of its own.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  log=$(mktemp)
  # Another apt-get may be at work: waiting for it costs less than doing without.
  if ! { apt-get update && apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"; } > "$log" 2>&1; then
    tail -n 15 "$log"
    rm -f "$log"
    without "apt-get could not install $*"
  fi
  rm -f "$log"
}
