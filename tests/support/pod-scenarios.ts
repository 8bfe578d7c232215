import type { JsonObject } from '../../src/domain/json.ts';
import { POD_IMAGE, REAL_NODE_LABEL } from '../../src/lab/index.ts';

/** A pod for the real node, and what it needs beside it. */
export interface PodScenario {
  readonly pod: JsonObject;
  readonly others?: readonly JsonObject[];
}

const PORT = 8080;
const none = { imagePullPolicy: 'Never', image: POD_IMAGE } as const;
const http = (path: string) => ({ httpGet: { path, port: PORT }, periodSeconds: 1, failureThreshold: 1 });

/** One container of the lab's own image, doing what its arguments say. */
function container(args: readonly string[], more: JsonObject = {}): JsonObject {
  return { name: 'main', ...none, args: [...args], ...more };
}

function pod(main: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: {
      nodeSelector: { [REAL_NODE_LABEL]: 'real' },
      tolerations: [{ key: REAL_NODE_LABEL, operator: 'Exists' }],
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [main],
      ...more,
    },
  };
}

const serve = (...more: string[]) => ['serve', `:${String(PORT)}`, ...more];
const claim = (name: string) => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] });
const mount = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };

/** What can become of a pod, by the name that its fixture has. */
export const POD_SCENARIOS = {
  sound: { pod: pod(container(serve(), { readinessProbe: http('/ready') })) },
  'image-never-pulled': { pod: pod(container([], { image: 'lab.windlass.dev/none:1' })) },
  // Port 1 of loopback: refused at once, as by a registry that is down.
  'image-pull-failure': { pod: pod(container([], { image: '127.0.0.1:1/none:1', imagePullPolicy: 'Always' })) },
  'image-name-invalid': { pod: pod(container([], { image: 'None:1' })) },
  'config-missing': { pod: pod(container([], { envFrom: [{ configMapRef: { name: 'not-there' } }] })) },
  'command-missing': { pod: pod(container([], { command: ['/not-there'] })) },
  'crash-loop': { pod: pod(container(['fail', '3'])) },
  'out-of-memory': { pod: pod(container(['eat', '256'], { resources: { limits: { memory: '32Mi' } } })) },
  'readiness-failing': { pod: pod(container(serve('3600'), { readinessProbe: http('/ready') })) },
  'liveness-failing': { pod: pod(container(serve('3600'), { livenessProbe: http('/live') })) },
  'slow-start': {
    pod: pod(
      container(serve('8'), {
        startupProbe: { ...http('/start'), failureThreshold: 60 },
        livenessProbe: http('/live'),
        readinessProbe: http('/ready'),
      }),
    ),
  },
  'init-failing': {
    pod: pod(container([]), { initContainers: [{ name: 'setup', ...none, args: ['fail', '1'] }] }),
  },
  'volume-unbound': {
    pod: pod(container([], mount), claim('unbound')),
    others: [
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'unbound' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'nobody-provisions-this',
          resources: { requests: { storage: '1Gi' } },
        },
      },
    ],
  },
  'volume-missing': {
    pod: pod(container([], mount), { volumes: [{ name: 'data', configMap: { name: 'not-there' } }] }),
  },
  unschedulable: { pod: pod(container([], { resources: { requests: { cpu: '4000' } } })) },
  'ends-by-itself': { pod: pod(container(['sleep', '0']), { restartPolicy: 'Never' }) },
  'fails-for-good': { pod: pod(container(['fail', '4']), { restartPolicy: 'Never' }) },
  evicted: { pod: pod(container(serve(), { readinessProbe: http('/ready') })) },
  'node-gone': { pod: pod(container(serve(), { readinessProbe: http('/ready') })) },
} satisfies Record<string, PodScenario>;
export type PodScenarioName = keyof typeof POD_SCENARIOS;
