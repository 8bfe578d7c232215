/** Go templates for what a kubelet reports of a pod. */

// Conditions are merged by type, so what no longer holds must be taken away by name.
const HOLDS = `  reason: null
  message: null`;
const NOT_READY = `  reason: ContainersNotReady
  message: 'containers with unready status: [{{ range $index, $container := .spec.containers }}{{ if $index }} {{ end }}{{ $container.name }}{{ end }}]'`;
const COMPLETED = because('PodCompleted');
const FAILED = because('PodFailed');

interface Conditions {
  readonly initialized: boolean;
  readonly ready: boolean;
}

/** What every report begins with: who and where the pod is. Defines `$now`, `$pod` and `$started`. */
export function podHead(phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'): string {
  return `
{{ $now := Now }}
{{ $pod := . }}
{{ $started := or .status.startTime $now }}
phase: ${phase}
{{ with .metadata.generation }}
observedGeneration: {{ . }}
{{ end }}
startTime: {{ $started | Quote }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
hostIPs:
- ip: {{ NodeIPWith .spec.nodeName | Quote }}
`;
}

/** The pod's address, kept once it has one. Only a pod whose sandbox runs has one. */
export const POD_ADDRESS = `
{{ $address := or .status.podIP (PodIPWith .spec.nodeName (or .spec.hostNetwork false) (or .metadata.uid "") (or .metadata.name "") (or .metadata.namespace "")) }}
podIP: {{ $address | Quote }}
podIPs:
- ip: {{ $address | Quote }}
`;

/** Conditions with the reasons that a kubelet gives. */
export function conditions({ initialized, ready }: Conditions): string {
  const because = ready ? HOLDS : NOT_READY;
  return [
    'conditions:',
    condition('PodReadyToStartContainers', initialized, HOLDS),
    condition('Initialized', true, HOLDS),
    condition('Ready', ready, because),
    condition('ContainersReady', ready, because),
    condition('PodScheduled', true, HOLDS),
    '',
  ].join('\n');
}

/** Conditions of a pod whose containers have done their work. */
export const COMPLETED_CONDITIONS = ended(COMPLETED, COMPLETED);

/** Conditions of a pod whose containers failed and are not started again. */
export const FAILED_CONDITIONS = ended(HOLDS, FAILED);

function ended(initialized: string, ready: string): string {
  return [
    'conditions:',
    condition('PodReadyToStartContainers', false, HOLDS),
    condition('Initialized', true, initialized),
    condition('Ready', false, ready),
    condition('ContainersReady', false, ready),
    '',
  ].join('\n');
}

function because(reason: string): string {
  return `  reason: ${reason}\n  message: null`;
}

/** One condition; it keeps the time of its last transition while its status stays. */
function condition(type: string, holds: boolean, because: string): string {
  const status = holds ? 'True' : 'False';
  return `{{ $since := $now }}
{{ range $pod.status.conditions }}{{ if and (eq .type "${type}") (eq .status "${status}") }}{{ $since = .lastTransitionTime }}{{ end }}{{ end }}
- type: ${type}
  status: "${status}"
  lastTransitionTime: {{ $since | Quote }}
${because}`;
}

interface Container {
  readonly ready: boolean;
  /** The restart count, as a template over `$restarts`, how often it was restarted so far. */
  readonly restarts?: string;
  /** Lines of YAML, indented by two. */
  readonly state: string;
}

/** One entry per container, all in the same state. */
export function containerStatuses({ ready, restarts = '{{ $restarts }}', state }: Container): string {
  return `
containerStatuses:
{{ range $index, $container := .spec.containers }}
{{ $restarts := 0 }}
{{ range $pod.status.containerStatuses }}{{ if eq .name $container.name }}{{ $restarts = .restartCount }}{{ end }}{{ end }}
- name: {{ $container.name | Quote }}
  image: {{ $container.image | Quote }}
  imageID: ""
  ready: ${String(ready)}
  started: ${String(state.includes('running:'))}
  restartCount: ${restarts}
${state}
{{ end }}
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  restartCount: 0
  {{ if eq (or .restartPolicy "") "Always" }}
  started: true
  state: { running: { startedAt: {{ $started | Quote }} } }
  {{ else }}
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $started | Quote }}, finishedAt: {{ $started | Quote }} } }
  {{ end }}
{{ end }}
{{ end }}
`;
}
