// Command cert-manager runs those of cert-manager's controllers that a lab has a use for: certificates of issuers that are
// their own authority (ca, selfsigned), asked for by a Certificate or by an annotation of an Ingress. cert-manager's own
// programs are in modules that no proxy serves; its libraries are in the one that this one is made of.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	shim "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/ingresses"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	"github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	"github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	"github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
)

var names = []string{
	issuers.ControllerName,
	clusterissuers.ControllerName,
	trigger.ControllerName,
	keymanager.ControllerName,
	requestmanager.ControllerName,
	issuing.ControllerName,
	readiness.ControllerName,
	revisionmanager.ControllerName,
	approver.ControllerName,
	ca.CRControllerName,
	selfsigned.CRControllerName,
	shim.ControllerName,
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how the API server is reached")
	listen := flag.String("listen", "", "address of metrics, and of /ready")
	namespace := flag.String("namespace", "", "where Secrets of issuers of the whole cluster are")
	flag.Parse()
	if err := run(*kubeconfig, *listen, *namespace); err != nil {
		fmt.Fprintf(os.Stderr, "Error: %v\n", err)
		os.Exit(1)
	}
}

func run(kubeconfig, listen, namespace string) error {
	ctx, end := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer end()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	// What cert-manager has where nobody says anything.
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		KubernetesAPIQPS:   20,
		KubernetesAPIBurst: 50,
		IssuerOptions:      controller.IssuerOptions{ClusterResourceNamespace: namespace},
		IngressShimOptions: controller.IngressShimOptions{DefaultIssuerKind: "Issuer", DefaultIssuerGroup: "cert-manager.io"},
		CertificateOptions: controller.CertificateOptions{
			CopiedAnnotationPrefixes:                 []string{"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/"},
			CertificateRequestMinimumBackoffDuration: time.Hour,
			CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
		},
	})
	if err != nil {
		return err
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	certmanager := shared.SharedInformerFactory.Certmanager().V1()
	shared.Metrics.SetupCertificateCollector(certmanager.Certificates().Lister())
	shared.Metrics.SetupIssuerCollector(certmanager.Issuers().Lister())
	shared.Metrics.SetupClusterIssuerCollector(certmanager.ClusterIssuers().Lister())

	running := make([]controller.Interface, 0, len(names))
	for _, name := range names {
		one, err := controller.Known()[name](factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		running = append(running, one)
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	ready := make(chan struct{})
	server := serve(listener, shared, ready)
	defer server.Close()

	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	shared.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	ended := make(chan error, len(running))
	for at, one := range running {
		go func() {
			if err := one.Run(5, ctx); err != nil {
				err = fmt.Errorf("%s: %w", names[at], err)
				cancel(err)
				ended <- err
				return
			}
			ended <- nil
		}()
	}
	shared.SharedInformerFactory.WaitForCacheSync(ctx.Done())
	shared.KubeSharedInformerFactory.WaitForCacheSync(ctx.Done())
	close(ready)

	var failures []error
	for range running {
		failures = append(failures, <-ended)
	}
	return errors.Join(failures...)
}

// Metrics as cert-manager has them, and whether everything has been read that there is.
func serve(listener net.Listener, shared *controller.Context, ready <-chan struct{}) *http.Server {
	server := shared.Metrics.NewServer(listener)
	mux := http.NewServeMux()
	mux.Handle("/", server.Handler)
	mux.HandleFunc("/ready", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-ready:
			fmt.Fprintln(w, "ready")
		default:
			http.Error(w, "not everything has been read", http.StatusServiceUnavailable)
		}
	})
	server.Handler = mux
	go func() { _ = server.Serve(listener) }()
	return server
}
