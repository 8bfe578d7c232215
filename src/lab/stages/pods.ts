import { INPUTS_FOUND } from '../pod-inputs/mark.ts';
import { COMPLETED_CONDITIONS, conditions, containerStatuses, POD_ADDRESS, podHead } from './pod-status.ts';
import { delayFromAnnotation, exists, isMissing, isNoneOf, isOneOf, patchStatus, stage } from './stage.ts';
import type { Stage } from './stage.ts';

/** How long a pod takes to become ready, as a Go duration: `windlass.dev/ready-after: 3s`. */
export const READY_AFTER = 'windlass.dev/ready-after';
/** How long a Job's pod works once it runs. */
const COMPLETE_AFTER = 'windlass.dev/complete-after';
/** Which failure the pod shows instead of becoming ready. @internal exported for its tests */
export const SCENARIO = 'windlass.dev/scenario';

const DEFAULT_DELAY_MS = 500;

export const ALIVE = isMissing('.metadata.deletionTimestamp');
export const SCHEDULED = exists('.spec.nodeName');
/** Whether the kubelet has reported on it: scheduling alone sets only PodScheduled. */
const SEEN = '.status.startTime';
const READY = '.status.conditions[]? | select(.type == "Ready") | .status';
const OWNER_KIND = '.metadata.ownerReferences[]?.kind';

/** The lab's registry has every image but those of this host and what is below it. */
const ABSENT_IMAGE = String.raw`test("^([^/]+\\.)?registry\\.invalid(:[0-9]+)?/")`;
/** Which failure the pod shows: the one that it is told to, or that its image cannot be had. */
export const HAS_SCENARIO =
  `.metadata.annotations["${SCENARIO}"] // (if any(.spec.containers[]?, .spec.initContainers[]?; .image // "" | ${ABSENT_IMAGE}) ` +
  'then "image-pull-failure" else empty end)';
/**
 * A pod that is given something which nobody has found yet: what it mounts, besides what the API server gives to all, and
 * what it takes its variables from. The same as `referencesOf` in pod-inputs, which looks for it.
 */
const UNDECIDED =
  'select(any(' +
  '(.spec.volumes[]? | .secret, .configMap, .persistentVolumeClaim, (.projected.sources[]? | .secret, .configMap) | select(.name? != "kube-root-ca.crt")), ' +
  '(.spec.containers[]?, .spec.initContainers[]? | (.envFrom[]? | .configMapRef, .secretRef), (.env[]?.valueFrom | .configMapKeyRef?, .secretKeyRef?)); ' +
  `. != null) and (any(.status.conditions[]?; .type == "${INPUTS_FOUND}" and .status == "True") | not)) | .metadata.name`;

export const podStages: readonly Stage[] = [
  stage(
    'pod-created',
    'Pod',
    [ALIVE, SCHEDULED, isMissing(SEEN)],
    [
      patchStatus(
        podHead('Pending') +
          conditions({ initialized: false, ready: false }) +
          containerStatuses({
            ready: false,
            restarts: '0',
            state: '  state: { waiting: { reason: ContainerCreating } }',
          }),
      ),
    ],
  ),
  stage(
    'pod-ready',
    'Pod',
    [
      ALIVE,
      SCHEDULED,
      exists(SEEN),
      isOneOf('.status.phase', 'Pending', 'Running'),
      isNoneOf(READY, 'True'),
      isMissing(HAS_SCENARIO),
      isMissing(UNDECIDED),
    ],
    [
      patchStatus(
        podHead('Running') +
          POD_ADDRESS +
          conditions({ initialized: true, ready: true }) +
          containerStatuses({ ready: true, state: '  state: { running: { startedAt: {{ $now | Quote }} } }' }),
      ),
    ],
    delayFromAnnotation(READY_AFTER, DEFAULT_DELAY_MS),
  ),
  stage(
    'pod-completed',
    'Pod',
    [ALIVE, isOneOf('.status.phase', 'Running'), isOneOf(READY, 'True'), isOneOf(OWNER_KIND, 'Job')],
    [
      patchStatus(
        podHead('Succeeded') +
          COMPLETED_CONDITIONS +
          containerStatuses({
            ready: false,
            state:
              '  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $started | Quote }}, finishedAt: {{ $now | Quote }} } }',
          }),
      ),
    ],
    delayFromAnnotation(COMPLETE_AFTER, DEFAULT_DELAY_MS),
  ),
  stage('pod-deleted', 'Pod', [exists('.metadata.deletionTimestamp')], [{ delete: true }]),
];
