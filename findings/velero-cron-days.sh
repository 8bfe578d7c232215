#!/bin/sh
# Velero 1.18.3 reads schedules with another cron library than 1.18.2: a patch release changes when backups are made.
#
# Versions: github.com/vmware-tanzu/velero v1.18.2 and v1.18.3, github.com/robfig/cron/v3 v3.0.1,
# github.com/netresearch/go-cron v0.15.0; with Go.
# Expected: `0 2 1 * 1` means the same before and after an update from 1.18.2 to 1.18.3, as cron(5) has it: the 1st of the
# month OR a Monday.
# Seen: the go.mod of 1.18.2 asks for robfig/cron, under which it fires on every Monday and on every 1st; that of 1.18.3 asks
# for netresearch/go-cron, under which both days must match: the next time after 2026-12-02 is 2027-02-01, two months later.
set -eu
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOMODCACHE="$work/modules" GOTOOLCHAIN=local

for version in v1.18.2 v1.18.3; do
  gomod=$(go mod download -json "github.com/vmware-tanzu/velero@$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
  echo "velero $version: $(grep -E 'robfig/cron|netresearch/go-cron' "$gomod" | tr -s '\t ' ' ' | sed 's/^ //')"
done > libraries

mkdir read && cd read
cat > go.mod <<'MOD'
module finding
go 1.24
require (
	github.com/robfig/cron/v3 v3.0.1
	github.com/netresearch/go-cron v0.15.0
)
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"time"

	netresearch "github.com/netresearch/go-cron"
	robfig "github.com/robfig/cron/v3"
)

func main() {
	from := time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	older, err := robfig.ParseStandard("0 2 1 * 1")
	if err != nil {
		panic(err)
	}
	newer, err := netresearch.ParseStandard("0 2 1 * 1")
	if err != nil {
		panic(err)
	}
	fmt.Println("robfig/cron 3.0.1:", older.Next(from).Format(time.DateOnly))
	fmt.Println("netresearch/go-cron 0.15.0:", newer.Next(from).Format(time.DateOnly))
}
GO
go run . > ../times
cd ..

cat > expected <<'TEXT'
velero v1.18.2: github.com/robfig/cron/v3 v3.0.1
velero v1.18.3: github.com/netresearch/go-cron v0.15.0
robfig/cron 3.0.1: 2026-12-07
netresearch/go-cron 0.15.0: 2027-02-01
TEXT
cat libraries times | tee seen
diff expected seen
