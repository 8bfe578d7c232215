import type { EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';
import type { ContainerReport } from './containers.ts';
import { probeWords } from './probe-words.ts';

/** Times of events are to the second. */
const SLACK_MS = 1_000;

/**
 * A container that runs, and whose probe fails. A slow start is no stall: a startup probe has a limit of its own, after
 * which the kubelet kills the container, so its failing is only told; the others get a long grace.
 */
export function probeVerdict(
  { about, ready, started, runningSince }: ContainerReport,
  notes: readonly EventNote[],
  graces: Graces,
): Suspicion[] {
  if (ready || runningSince === null) return [];
  const failing = notes.find(
    ({ reason, container, at }) =>
      reason === 'Unhealthy' &&
      (container === undefined || container === about.container) &&
      at >= runningSince - SLACK_MS,
  );
  if (failing === undefined) return [];
  const starting = !started || failing.probe === 'Startup';
  return [
    {
      ...about,
      key: `${about.key}/probe`,
      reason: 'ProbeFailing',
      message: probeWords(failing),
      graceMs: starting ? Infinity : graces.probeMs,
    },
  ];
}
