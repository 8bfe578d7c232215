import { INPUTS_FOUND, type Obstacle } from '../pod-inputs/mark.ts';
import { FAILED_CONDITIONS, conditions, containerStatuses, POD_ADDRESS, podHead } from './pod-status.ts';
import { ALIVE, HAS_SCENARIO, SCHEDULED } from './pods.ts';
import { exists, isMissing, isNoneOf, isOneOf, patchStatus, stage } from './stage.ts';
import type { JqMatch, Stage } from './stage.ts';

/**
 * What a kubelet reports of a pod that is not given what it needs, by the mark that the lab's server `pod-inputs` puts into
 * the status. No stage here waits: a delayed one is played although its pod no longer matches, and these pods heal.
 */

const MARK = `.status.conditions[]? | select(.type == "${INPUTS_FOUND}")`;
const WAITING = '.status.containerStatuses[0].state.waiting.reason';
/** The mark's time is that of the last crash. */
const CRASHED_AGAIN = `((${MARK}) // {}).lastProbeTime as $crashed | select($crashed != .status.containerStatuses[0].lastState.terminated.finishedAt)`;

function obstructed(obstacle: Obstacle, ...more: JqMatch[]): JqMatch[] {
  return [
    ALIVE,
    SCHEDULED,
    exists('.status.startTime'),
    isMissing(HAS_SCENARIO),
    isOneOf('.status.phase', 'Pending', 'Running'),
    isOneOf(`${MARK} | select(.status == "False") | .reason`, obstacle),
    ...more,
  ];
}

/** Defines `$why` and `$when`: what the mark says. */
const SAID = `
{{ $why := "" }}
{{ $when := "" }}
{{ range .status.conditions }}{{ if eq .type "${INPUTS_FOUND}" }}{{ $why = .message }}{{ $when = .lastProbeTime }}{{ end }}{{ end }}
`;

const ENDED = `terminated:
      exitCode: 1
      reason: Error
      message: {{ $why | Quote }}
      startedAt: {{ $when | Quote }}
      finishedAt: {{ $when | Quote }}`;

export const inputStages: readonly Stage[] = [
  stage(
    'input-missing',
    'Pod',
    obstructed('CreateContainerConfigError', isNoneOf(WAITING, 'CreateContainerConfigError')),
    [
      patchStatus(
        SAID +
          podHead('Pending') +
          POD_ADDRESS +
          conditions({ initialized: true, ready: false }) +
          containerStatuses({
            ready: false,
            restarts: '0',
            state: `  state: { waiting: { reason: CreateContainerConfigError, message: {{ $why | Quote }} } }`,
          }),
      ),
    ],
  ),
  stage(
    'input-crashes',
    'Pod',
    obstructed('CrashLoopBackOff', isNoneOf('.spec.restartPolicy', 'Never'), exists(CRASHED_AGAIN)),
    [
      patchStatus(
        SAID +
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
  lastState:
    ${ENDED}`,
          }),
      ),
    ],
  ),
  stage('input-fails', 'Pod', obstructed('CrashLoopBackOff', isOneOf('.spec.restartPolicy', 'Never')), [
    patchStatus(
      SAID +
        podHead('Failed') +
        POD_ADDRESS +
        FAILED_CONDITIONS +
        containerStatuses({ ready: false, state: `  state:\n    ${ENDED}` }),
    ),
  ]),
];
