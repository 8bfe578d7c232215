import { createHash } from 'node:crypto';
import { durationMs } from '../../../domain/duration.ts';
import type { EngineContext } from '../../../domain/step-engine.ts';
import { WindlassFailure } from '../../../domain/failure.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import type { KubernetesApi, KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { waitUntilFinal } from '../../backup/wait.ts';
import { fieldAt, textAt } from '../../values.ts';
import { drillLabels, type DrillKeys } from '../names.ts';
import { POD } from './claims.ts';
import { readManifest, type Manifest } from './manifest.ts';

/** What reading volumes takes. */
export interface Inspection {
  readonly api: KubernetesApi;
  /** What a pod wrote to its standard output. */
  readonly logs: (pod: { readonly namespace: string; readonly name: string }, signal: AbortSignal) => Promise<string>;
  readonly keys: DrillKeys;
  /** Its entrypoint takes `list DIRECTORY`. */
  readonly image: string;
  /** How long one volume may take. */
  readonly within: string;
  readonly context: EngineContext;
}

const MOUNTED_AT = '/volume';
/** Of a container that will not start, however long one waits. */
const HOPELESS =
  /^(ErrImageNeverPull|ImagePullBackOff|InvalidImageName|CreateContainer(Config)?Error|CrashLoopBackOff)$/;

/**
 * Lists what a claim's volume holds, by a pod of its own that mounts it read-only where it is mounted already.
 *
 * @param stage tells the pods of one drill apart: a pod that an earlier attempt left is asked instead of another one.
 * @throws WindlassFailure `ExpectationFailed` when the pod cannot read the volume, `NotReadyInTime`.
 */
export async function inspect(
  of: Inspection,
  claim: { readonly namespace: string; readonly name: string; readonly node: string },
  stage: string,
): Promise<Manifest> {
  const { api, context } = of;
  const pod = inspectorPod(of, claim, stage);
  const { namespace = '', name } = pod.metadata;
  const ref = { ...POD, namespace, name };
  try {
    await api.apply(pod, { signal: context.signal });
    const ended = await waitUntilFinal(
      api,
      { kind: POD, namespace, name, final: (seen) => endOf(seen) !== null },
      durationMs(of.within),
      context,
    );
    const end = ended === null ? 'somebody deleted it' : endOf(ended);
    if (end !== '') throw unread(claim, `its pod ${namespace}/${name} did not: ${end ?? 'it did not end'}`);
    const manifest = readManifest(await of.logs({ namespace, name }, context.signal));
    if (manifest === null)
      throw unread(claim, 'what its pod printed is not the whole list: the log of a container may have been cut off');
    return manifest;
  } finally {
    // One that was cancelled is taken away with the rest of the drill.
    if (!context.signal.aborted) await api.delete(ref, { signal: context.signal });
  }
}

/** Null while a pod may still succeed, '' when it did, else why it did not. */
function endOf({ status }: KubernetesObject): string | null {
  const phase = textAt(status, 'phase');
  if (phase === 'Succeeded') return '';
  if (phase === 'Failed') return textAt(status, 'message') ?? textAt(status, 'reason') ?? 'it ended with an error';
  const statuses = fieldAt(status, 'containerStatuses');
  const waiting = Array.isArray(statuses) ? fieldAt(fieldAt(statuses[0] as Json, 'state'), 'waiting') : undefined;
  const reason = textAt(waiting, 'reason');
  return reason !== null && HOPELESS.test(reason) ? `${reason}: ${textAt(waiting, 'message') ?? ''}` : null;
}

function unread(claim: { readonly namespace: string; readonly name: string }, why: string): WindlassFailure {
  return new WindlassFailure('ExpectationFailed', `The files of the volume could not be listed: ${why}.`, {
    object: `PersistentVolumeClaim ${claim.namespace}/${claim.name}`,
    next: 'Correct `inspector`: an image whose entrypoint takes `list DIRECTORY`. Its pod reads as root, which the namespace must allow.',
  });
}

function inspectorPod(
  { keys, image }: Inspection,
  { namespace, name, node }: { readonly namespace: string; readonly name: string; readonly node: string },
  stage: string,
): KubernetesObject {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return {
    ...POD,
    metadata: {
      name: `windlass-inspect-${keys.run}-${stage}-${digest}`,
      namespace,
      // A backup that is made meanwhile is one of the original.
      labels: { ...drillLabels(keys), 'velero.io/exclude-from-backup': 'true' },
    },
    spec: {
      nodeName: node,
      tolerations: [{ operator: 'Exists' }],
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      containers: [
        {
          ...inspectorContainer(image, ['list', MOUNTED_AT]),
          volumeMounts: [{ name: 'volume', mountPath: MOUNTED_AT, readOnly: true }],
        },
      ],
      volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: name } }],
    },
  };
}

/** Reads whatever there is, as root, and can do nothing else. */
export function inspectorContainer(image: string, args: readonly string[]): JsonObject {
  return {
    name: 'inspector',
    image,
    imagePullPolicy: 'IfNotPresent',
    args,
    securityContext: {
      runAsUser: 0,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['DAC_READ_SEARCH'] },
    },
  };
}
