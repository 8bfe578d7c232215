#!/bin/sh
# VictoriaMetrics takes a ratio of nothing to nothing for a series that is absent; Prometheus takes it for one that is there.
#
# Versions: vmalert-tool v1.151.0 (VictoriaMetrics), Prometheus v0.305.0 as a Go library (3.5); with Go.
# Expected: `absent(errors / total)` asks whether the series are there, and is empty while both are scraped, also where nothing
# has happened yet and the ratio is 0/0: an alert on it fires when the service has gone, on either server.
# Seen: Prometheus keeps the sample, whose value is NaN, and `absent` is empty. VictoriaMetrics drops it, and `absent` is 1: the
# alert for a service that is gone fires for one that is idle. A guard by `unless` is turned round in the same way:
# `up unless (errors / total)` is empty in Prometheus and has the service in VictoriaMetrics.
set -eu
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOMODCACHE="$work/modules" GOTOOLCHAIN=local GOBIN="$work/bin"
go install github.com/VictoriaMetrics/VictoriaMetrics/app/vmalert-tool@v1.151.0
# Its test runner wants some rule beside.
cat > rules.yaml <<'YAML'
groups:
  - name: any
    rules: [{ record: any, expr: up }]
YAML
cat > victoria.yaml <<'YAML'
rule_files: [rules.yaml]
tests:
  - interval: 1m
    input_series:
      - { series: 'errors{job="web"}', values: '0 0 0' }
      - { series: 'total{job="web"}', values: '0 0 0' }
      - { series: 'up{job="web"}', values: '1 1 1' }
    metricsql_expr_test:
      - expr: absent(errors / total)
        eval_time: 2m
        exp_samples: [{ labels: '{}', value: 1 }]
      - expr: up unless (errors / total)
        eval_time: 2m
        exp_samples: [{ labels: 'up{job="web"}', value: 1 }]
YAML
bin/vmalert-tool unittest --files=victoria.yaml
mkdir prometheus
cd prometheus
cat > go.mod <<'MOD'
module finding
go 1.23
require github.com/prometheus/prometheus v0.305.0
MOD
cat > finding_test.go <<'GO'
package finding

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
)

func TestRatioOfNothing(t *testing.T) {
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1000, Timeout: time.Minute, EnableAtModifier: true})
	promqltest.RunTest(t, `
load 1m
  errors{job="web"} 0 0 0
  total{job="web"} 0 0 0
  up{job="web"} 1 1 1

eval instant at 2m errors / total
  {job="web"} NaN

eval instant at 2m absent(errors / total)

eval instant at 2m up unless (errors / total)
`, engine)
}
GO
go test ./...
