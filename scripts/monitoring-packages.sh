#!/bin/sh
# Installs the Debian packages of what watches the lab beside VictoriaMetrics. Where it cannot, it says why and ends with
# success: the lab works without monitoring, and the tests that need it are skipped.
set -eu
. "$(dirname "$0")/debian-packages.sh"

missing=""
for package in prometheus-alertmanager prometheus-node-exporter prometheus-postgres-exporter; do
  # Upstream's programs have the same names without the prefix.
  command -v "$package" > /dev/null || command -v "$(echo "${package#prometheus-}" | tr - _)" > /dev/null || missing="$missing $package"
done
# shellcheck disable=SC2086
install_packages monitoring $missing
