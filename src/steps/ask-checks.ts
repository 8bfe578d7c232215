import type { Bundle } from '../domain/bundle.ts';
import { durationMs } from '../domain/duration.ts';
import { wordsOf } from '../domain/evidence.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { EvidenceOf } from '../domain/readiness/evidence-file.ts';
import type { ProbeLook } from '../domain/readiness/look.ts';
import { checkPath } from '../domain/readiness/scorecard.ts';
import { askedOf } from '../domain/readiness/sources/probe.ts';
import type { Asking } from '../domain/reading.ts';
import type { BundleFiles } from '../domain/step-engine.ts';
import { concurrently } from '../kubernetes/concurrently.ts';
import { Connections } from './connections.ts';
import { openProbe } from './openers.ts';
import type { Reach } from './reach.ts';

/** How long one check may be asked, and all of them together, in milliseconds. */
const ONE_MS = 15_000;
const ALL_MS = 60_000;

/**
 * Asks what checks of their own ask, several at once. What is not answered as it should be fails; what cannot be asked is unknown.
 *
 * @throws `signal.reason` once it aborts.
 */
export async function askChecks(
  bundle: Bundle,
  files: BundleFiles,
  reach: Reach,
  { signal, owner }: Pick<Asking, 'signal' | 'owner'>,
): Promise<readonly ProbeLook[]> {
  const all = AbortSignal.timeout(ALL_MS);
  const looks = new Map<string, ProbeLook>();
  const asked = probesOf(bundle);
  await concurrently(asked, async ({ check, evidence }) => {
    const seen = await ask(evidence).catch((error: unknown) => {
      signal.throwIfAborted();
      return notAnswered(evidence, error, all.aborted);
    });
    looks.set(check, { check, asked: askedOf(evidence), ...seen, time: new Date().toISOString() });

    async function ask({ target, with: spec }: EvidenceOf<'probe'>) {
      all.throwIfAborted();
      const within = Math.min(durationMs(spec.within), ONE_MS);
      const bounded = { ...spec, within: `${String(within)}ms` };
      const bound = await openProbe(target, bounded, new Connections(bundle, reach));
      try {
        const asking = { files, progress: () => undefined, resolve: reach.resolve, owner: { ...owner, step: check } };
        const findings = await bound.verify({ ...asking, signal: AbortSignal.any([signal, all]) });
        const [found] = findings;
        if (found === undefined) return UNSEEN(target);
        const { claim } = wordsOf(found);
        return { outcome: 'holds' as const, why: claim, how: found.how, source: found.source };
      } finally {
        await bound.close();
      }
    }
  });
  signal.throwIfAborted();
  return asked.flatMap(({ check }) => looks.get(check) ?? []);
}

type Seen = Omit<ProbeLook, 'check' | 'asked' | 'time'>;

const UNSEEN = (target: string): Seen => ({
  ...{ outcome: 'unknown', why: 'nothing was seen', how: 'real', source: `target ${target}` },
});

/** What checks ask, by AREA/CHECK. */
function probesOf({
  readiness,
}: Bundle): readonly { readonly check: string; readonly evidence: EvidenceOf<'probe'> }[] {
  return (readiness?.areas ?? []).flatMap(({ name, checks }) =>
    checks.flatMap(({ name: check, evidence }) =>
      evidence.from === 'probe' ? [{ check: checkPath(name, check), evidence }] : [],
    ),
  );
}

function notAnswered({ target }: EvidenceOf<'probe'>, error: unknown, isLate: boolean): Seen {
  const common = { how: 'real' as const, source: `target ${target}` };
  if (isLate)
    return { outcome: 'unknown', why: `all checks together have ${String(ALL_MS / 1_000)} seconds`, ...common };
  if (!(error instanceof WindlassFailure))
    return { outcome: 'unknown', why: 'something unexpected happened when it was asked', ...common };
  return {
    outcome: error.type === 'ProbeFailed' ? 'fails' : 'unknown',
    why: error.message.replace(/\.$/, ''),
    ...common,
  };
}
