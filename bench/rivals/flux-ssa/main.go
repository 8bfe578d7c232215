// Flux's own apply engine on a file of manifests, as its kustomize-controller drives it, for the benchmarks.
//
//	flux-ssa KUBECONFIG MANIFESTS
//
// Prints one line of JSON: how many seconds the apply took, from reading the manifests on, and how many objects it changed.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/go-logr/logr"
)

// No client-side throttling worth the name, which otherwise is all that would be measured.
const queriesPerSecond = 1000

// The default of kustomize-controller's --concurrent-ssa.
const concurrency = 4

func main() {
	log.SetLogger(logr.Discard())
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: flux-ssa KUBECONFIG MANIFESTS"))
	}
	began := time.Now()
	changed, err := apply(context.Background(), os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	outcome := map[string]any{"seconds": time.Since(began).Seconds(), "changed": changed}
	if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
		fail(err)
	}
}

func apply(ctx context.Context, kubeconfig, manifests string) (int, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return 0, err
	}
	config.QPS = queriesPerSecond
	config.Burst = queriesPerSecond
	manager, err := managerFor(config)
	if err != nil {
		return 0, err
	}
	file, err := os.Open(manifests)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	objects, err := utils.ReadObjects(file)
	if err != nil {
		return 0, err
	}
	changes, err := manager.ApplyAllStaged(ctx, objects, ssa.DefaultApplyOptions())
	if err != nil {
		return 0, err
	}
	changed := 0
	for _, entry := range changes.Entries {
		if entry.Action != ssa.UnchangedAction {
			changed++
		}
	}
	return changed, nil
}

func managerFor(config *rest.Config) (*ssa.ResourceManager, error) {
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, httpClient)
	if err != nil {
		return nil, err
	}
	kubeClient, err := client.New(config, client.Options{HTTPClient: httpClient, Mapper: mapper})
	if err != nil {
		return nil, err
	}
	poller := polling.NewStatusPoller(kubeClient, mapper, polling.Options{})
	manager := ssa.NewResourceManager(kubeClient, poller, ssa.Owner{Field: "flux-ssa", Group: "bench.windlass.dev"})
	manager.SetConcurrency(concurrency)
	return manager, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
