import { ALIVE, HAS_SCENARIO, READY_AFTER, SCHEDULED } from './pods.ts';
import { conditions, FAILED_CONDITIONS, containerStatuses, POD_ADDRESS, podHead } from './pod-status.ts';
import { delayFromAnnotation, exists, isMissing, isNoneOf, isOneOf, patchStatus, stage } from './stage.ts';
import type { JqMatch, Stage } from './stage.ts';

/**
 * The failures that a pod can be told to show. States, reasons, messages and counts are those that a real kubelet showed
 * (tests/fixtures/kubernetes/real), of containers that are never ready before they fail; events have fixed texts here.
 */
export const SCENARIOS = ['image-pull-failure', 'crash-loop', 'out-of-memory', 'never-ready'] as const;
type Scenario = (typeof SCENARIOS)[number];

const WAITING = '.status.containerStatuses[0].state.waiting.reason';
const SOON_MS = 500;
/** A kubelet doubles its back-off up to five minutes; here every restart comes after this long. */
const RESTART_MS = 5_000;

function plays(scenario: Scenario, ...more: JqMatch[]): JqMatch[] {
  return [ALIVE, SCHEDULED, exists('.status.startTime'), isOneOf(HAS_SCENARIO, scenario), ...more];
}

function pullFails(reason: 'ErrImagePull' | 'ImagePullBackOff', message: string) {
  return patchStatus(
    podHead('Pending') +
      POD_ADDRESS +
      conditions({ initialized: true, ready: false }) +
      containerStatuses({
        ready: false,
        restarts: '0',
        state: `  state: { waiting: { reason: ${reason}, message: ${message} } }`,
      }),
  );
}

const UNRESOLVED =
  'failed to pull and unpack image "{{ $container.image }}": failed to resolve reference "{{ $container.image }}": not found';

/** How the containers of those end that crash again and again. */
const ENDS = {
  'crash-loop': 'exitCode: 1, reason: Error',
  'out-of-memory': 'exitCode: 137, reason: OOMKilled',
} as const satisfies Partial<Record<Scenario, string>>;

/** A kubelet does not wait after the first crash, so that its back-off begins with one restart. */
function crashed(end: string) {
  return patchStatus(
    podHead('Running') +
      POD_ADDRESS +
      conditions({ initialized: true, ready: false }) +
      containerStatuses({
        ready: false,
        restarts: '{{ add $restarts 1 }}',
        state: `  state:
    waiting:
      reason: CrashLoopBackOff
      message: 'back-off 10s restarting failed container={{ $container.name }} pod={{ $pod.metadata.name }}_{{ $pod.metadata.namespace }}({{ $pod.metadata.uid }})'
  lastState: { terminated: { ${end}, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }`,
      }),
  );
}

/** One that is not started again fails once and for all. */
function failed(end: string) {
  return patchStatus(
    podHead('Failed') +
      POD_ADDRESS +
      FAILED_CONDITIONS +
      containerStatuses({
        ready: false,
        state: `  state: { terminated: { ${end}, startedAt: {{ $started | Quote }}, finishedAt: {{ $now | Quote }} } }`,
      }),
  );
}

const RESTARTS = isNoneOf('.spec.restartPolicy', 'Never');
const NO_RESTARTS = isOneOf('.spec.restartPolicy', 'Never');

const BACK_OFF = {
  event: { type: 'Warning', reason: 'BackOff', message: 'Back-off restarting failed container' },
} as const;

export const scenarioStages: readonly Stage[] = [
  stage(
    'image-pull-fails',
    'Pod',
    plays('image-pull-failure', isOneOf(WAITING, 'ContainerCreating')),
    [
      { event: { type: 'Normal', reason: 'Pulling', message: 'Pulling image' } },
      { event: { type: 'Warning', reason: 'Failed', message: 'Failed to pull image: not found' } },
      { event: { type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull' } },
      pullFails('ErrImagePull', `'${UNRESOLVED}'`),
    ],
    delayFromAnnotation(READY_AFTER, SOON_MS),
  ),
  stage(
    'image-pull-backs-off',
    'Pod',
    plays('image-pull-failure', isOneOf(WAITING, 'ErrImagePull')),
    [
      { event: { type: 'Normal', reason: 'BackOff', message: 'Back-off pulling image' } },
      { event: { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' } },
      pullFails('ImagePullBackOff', `'Back-off pulling image "{{ $container.image }}": ErrImagePull: ${UNRESOLVED}'`),
    ],
    { durationMilliseconds: SOON_MS },
  ),
  ...Object.entries(ENDS).flatMap(([scenario, end]) => [
    stage(
      `${scenario}-begins`,
      'Pod',
      plays(scenario as Scenario, RESTARTS, isNoneOf(WAITING, 'CrashLoopBackOff')),
      [BACK_OFF, crashed(end)],
      delayFromAnnotation(READY_AFTER, SOON_MS),
    ),
    stage(
      `${scenario}-goes-on`,
      'Pod',
      plays(scenario as Scenario, isOneOf(WAITING, 'CrashLoopBackOff')),
      [BACK_OFF, crashed(end)],
      { durationMilliseconds: RESTART_MS },
    ),
    stage(
      `${scenario}-for-good`,
      'Pod',
      plays(scenario as Scenario, NO_RESTARTS, isNoneOf('.status.phase', 'Failed')),
      [failed(end)],
      delayFromAnnotation(READY_AFTER, SOON_MS),
    ),
  ]),
  stage(
    'pod-never-ready',
    'Pod',
    plays('never-ready', isMissing('.status.containerStatuses[0].state.running.startedAt')),
    [
      patchStatus(
        podHead('Running') +
          POD_ADDRESS +
          conditions({ initialized: true, ready: false }) +
          containerStatuses({ ready: false, state: '  state: { running: { startedAt: {{ $now | Quote }} } }' }),
      ),
      {
        event: {
          type: 'Warning',
          reason: 'Unhealthy',
          message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        },
      },
    ],
    delayFromAnnotation(READY_AFTER, SOON_MS),
  ),
];
