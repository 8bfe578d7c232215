// Renders one chart as `helm template` does, with two differences. What the chart makes up (passwords, certificates, the
// time) comes from a seed, so that it comes out the same every time, and each such value is told beside the documents.
// And the chart is told of the API versions that it is given, and of no others.
//
// It reads a request as JSON from its standard input, and writes an answer as JSON to its standard output. A chart that
// cannot be rendered ends it with a message in Helm's words.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/cli"
	"helm.sh/helm/v4/pkg/cli/values"
	"helm.sh/helm/v4/pkg/getter"
	release "helm.sh/helm/v4/pkg/release/v1"
	"sigs.k8s.io/yaml"
)

type request struct {
	Chart       string   `json:"chart"`
	Release     string   `json:"release"`
	Namespace   string   `json:"namespace"`
	ValuesFiles []string `json:"valuesFiles"`
	IncludeCRDs bool     `json:"includeCRDs"`
	KubeVersion string   `json:"kubeVersion"`
	// Null: those that Helm knows by itself.
	Served []string `json:"served"`
	// Besides.
	APIVersions []string  `json:"apiVersions"`
	Seed        string    `json:"seed"`
	Now         time.Time `json:"now"`
}

type answer struct {
	// YAML documents, each with its `# Source:`.
	Manifest string       `json:"manifest"`
	MadeUp   []*invention `json:"madeUp"`
	// Which of the API versions the chart's own texts name.
	Named []string `json:"named"`
	// Whether they ask for API versions, and for the version of Kubernetes.
	AsksVersions    bool `json:"asksVersions"`
	AsksKubeVersion bool `json:"asksKubeVersion"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "Error: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	// Library charts and the like of Helm's own checks before a template is looked at.
	loaded, err := loader.Load(asked.Chart)
	if err != nil {
		return err
	}
	accessor, err := chart.NewAccessor(loaded)
	if err != nil {
		return err
	}
	source, ok := loaded.(*v2.Chart)
	if !ok {
		return errors.New("charts of this version are not rendered")
	}
	if kind := source.Metadata.Type; kind != "" && kind != "application" {
		return fmt.Errorf("%s charts are not installable", kind)
	}
	if needs := accessor.MetaDependencies(); len(needs) > 0 {
		if err := action.CheckDependencies(loaded, needs); err != nil {
			return err
		}
	}
	options := values.Options{ValueFiles: asked.ValuesFiles}
	given, err := options.MergeValues(getter.All(cli.New()))
	if err != nil {
		return err
	}

	told, err := capabilities(asked, source)
	if err != nil {
		return err
	}
	common.DefaultCapabilities = told
	inventor := newInventor(asked.Seed, asked.Now)
	install := action.NewInstall(&action.Configuration{CustomTemplateFuncs: inventor.functions()})
	install.DryRunStrategy = action.DryRunClient
	install.ReleaseName = asked.Release
	install.Namespace = asked.Namespace
	install.Replace = true
	install.IncludeCRDs = asked.IncludeCRDs
	answered := answer{}
	answered.ask(source, given, told.APIVersions)
	result, err := install.RunWithContext(context.Background(), loaded, given)
	if err != nil {
		return err
	}
	rendered, ok := result.(*release.Release)
	if !ok {
		return errors.New("Helm answered with a release of another version")
	}
	var manifest strings.Builder
	fmt.Fprintln(&manifest, strings.TrimSpace(rendered.Manifest))
	for _, hook := range rendered.Hooks {
		fmt.Fprintf(&manifest, "---\n# Source: %s\n%s\n", hook.Path, hook.Manifest)
	}
	answered.Manifest, answered.MadeUp = manifest.String(), inventor.made
	return json.NewEncoder(os.Stdout).Encode(answered)
}

// What the chart is told of the cluster. Helm installs what is in crds/ before it asks the server, so these kinds count.
func capabilities(asked request, source *v2.Chart) (*common.Capabilities, error) {
	told := common.DefaultCapabilities.Copy()
	version, err := common.ParseKubeVersion(asked.KubeVersion)
	if err != nil {
		return nil, fmt.Errorf("invalid kube version '%s': %w", asked.KubeVersion, err)
	}
	told.KubeVersion = *version
	versions := told.APIVersions
	if asked.Served != nil {
		versions = asked.Served
		if asked.IncludeCRDs {
			versions = append(versions, defined(source)...)
		}
	}
	told.APIVersions = append(append(common.VersionSet{}, versions...), asked.APIVersions...)
	return told, nil
}

func defined(source *v2.Chart) []string {
	var found []string
	for _, crd := range source.CRDObjects() {
		for _, document := range strings.Split(string(crd.File.Data), "\n---") {
			var definition struct {
				Kind string `json:"kind"`
				Spec struct {
					Group string `json:"group"`
					Names struct {
						Kind string `json:"kind"`
					} `json:"names"`
					Versions []struct {
						Name   string `json:"name"`
						Served bool   `json:"served"`
					} `json:"versions"`
				} `json:"spec"`
			}
			if yaml.Unmarshal([]byte(document), &definition) != nil || definition.Kind != "CustomResourceDefinition" {
				continue
			}
			for _, version := range definition.Spec.Versions {
				if version.Served {
					group := definition.Spec.Group + "/" + version.Name
					found = append(found, group, group+"/"+definition.Spec.Names.Kind)
				}
			}
		}
	}
	return found
}

// Looked for before the chart is rendered, since rendering takes out the charts that are not enabled.
func (a *answer) ask(source *v2.Chart, given map[string]any, versions []string) {
	var text strings.Builder
	constrained := false
	var collect func(*v2.Chart)
	collect = func(one *v2.Chart) {
		constrained = constrained || one.Metadata.KubeVersion != ""
		for _, file := range one.Templates {
			text.Write(file.Data)
		}
		for _, file := range one.Raw {
			if file.Name == "values.yaml" {
				text.Write(file.Data)
			}
		}
		for _, dependency := range one.Dependencies() {
			collect(dependency)
		}
	}
	collect(source)
	if more, err := json.Marshal(given); err == nil {
		text.Write(more)
	}
	all := text.String()
	a.Named = []string{}
	seen := map[string]bool{}
	for _, version := range versions {
		if !seen[version] && strings.Contains(all, version) {
			a.Named = append(a.Named, version)
		}
		seen[version] = true
	}
	a.AsksVersions = strings.Contains(all, "APIVersions")
	a.AsksKubeVersion = constrained || strings.Contains(all, "KubeVersion")
}
