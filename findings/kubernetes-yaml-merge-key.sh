#!/bin/sh
# The YAML reader of kubectl and of Kubernetes lets a merge key overwrite a key that was written out before it.
#
# Versions: sigs.k8s.io/yaml v1.6.0; with Go. kubectl 1.36 reads manifests with this library.
# Expected: by the definition of merge keys, "the merged keys do not override keys of the mapping": { x: 9, <<: *base } has
# x: 9 wherever the `<<` stands.
# Seen: x is 9 when it stands behind the `<<`, and that of the base when it stands before: a manifest whose lines were put in
# another order is another manifest, without a word.
set -eu
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOMODCACHE="$work/modules" GOTOOLCHAIN=local
cat > go.mod <<'MOD'
module finding
go 1.24
require sigs.k8s.io/yaml v1.6.0
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

func main() {
	text := `
base: &base { x: 1 }
before: { x: 9, <<: *base }
behind: { <<: *base, x: 9 }
`
	json, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		panic(err)
	}
	fmt.Println(string(json))
}
GO
go run . | tee seen
diff seen - <<'TEXT'
{"base":{"x":1},"before":{"x":1},"behind":{"x":9}}
TEXT
