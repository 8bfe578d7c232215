import type { ListedRollout } from '../../client.ts';
import { columns } from '../../domain/columns.ts';
import { short } from '../../domain/gate.ts';
import type { Paint } from '../cli.ts';
import { elapsed } from './duration.ts';
import { stateColour, stateWords } from './state.ts';

const HEAD = ['rollout', 'state', 'for', 'bundle', 'waits for'];

/**
 * A table of rollouts; those that wait for a person stand out.
 *
 * @param now milliseconds since the epoch.
 * @param width of the terminal, in characters; as wide as they are where it is not known.
 */
export function listLines(rollouts: readonly ListedRollout[], now: number, paint: Paint, width = Infinity): string[] {
  const rows = rollouts.map(({ rollout, state, startedAt, endedAt, bundle, blockedOn }) => [
    rollout,
    stateWords(state),
    elapsed(startedAt, endedAt, now),
    short(bundle),
    blockedOn,
  ]);
  return columns([HEAD, ...rows], { width, givesWay: [4, 3] }).map((line, at) => {
    const one = rollouts[at - 1];
    return one === undefined
      ? paint('bold', line)
      : paint(stateColour(one.blockedOn === '' ? one.state : 'blocked'), line);
  });
}

export function cutLine(environment: string): string {
  return `Temporal keeps more runs of ${environment} than are looked at: rollouts whose newest run is old may be missing.`;
}
