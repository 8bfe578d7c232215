import type { Bundle } from '../../domain/bundle.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { DrillFact, RestoreFact, ScheduleFact } from './facts.ts';
import type { Piece } from './steps.ts';

/** Everything that the sections of a runbook are made from. */
export interface RecoveryContext {
  readonly bundle: Bundle;
  /** The rollout's directory, as commands are to name it. */
  readonly directory: string;
  /** What each step has to do with it. */
  readonly pieces: readonly Piece[];
  readonly drills: readonly DrillFact[];
  readonly restores: readonly RestoreFact[];
  readonly schedules: readonly ScheduleFact[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The pieces of one sort, on one target or on all. */
export function ofPiece<P extends Piece['piece']>(
  { pieces }: Pick<RecoveryContext, 'pieces'>,
  piece: P,
  target?: string,
): readonly Extract<Piece, { piece: P }>[] {
  return pieces.filter(
    (one): one is Extract<Piece, { piece: P }> =>
      one.piece === piece && (target === undefined || ('target' in one && one.target === target)),
  );
}

/** `windlass plan DIRECTORY --environment production`; signed where the environment asks for signatures. */
export function windlass(
  { bundle, directory }: Pick<RecoveryContext, 'bundle' | 'directory'>,
  verb: 'plan' | 'start' | 'restore',
  ...more: readonly string[]
): string {
  const signed = verb === 'plan' || more.includes('--plan') ? [] : signing(bundle);
  return ['windlass', verb, directory, '--environment', bundle.environment, ...more, ...signed].join(' ');
}

/** Options that say who acts, as placeholders: keys are people's own. */
export function signing({ decisions }: Bundle): readonly string[] {
  return decisions.signatures === 'required' ? ['--as', 'YOUR_NAME', '--key', 'YOUR_KEY.pem'] : [];
}

const DAY_MS = 86_400_000;

/** How long ago, in words: `3 days`, `2 h 3 min`. */
export function ago(iso: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(iso));
  return ms < 2 * DAY_MS ? formatDuration(ms) : `${Math.floor(ms / DAY_MS)} days`;
}

/** A list in a sentence, or a word for none. */
export function list(names: readonly string[], none = 'none'): string {
  return names.length === 0 ? none : names.join(', ');
}
