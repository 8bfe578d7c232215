import type { RolloutRef } from '../client.ts';
import type { Config } from '../config.ts';
import type { DamagedEntry } from '../domain/damage.ts';
import { historiesOf } from '../domain/drill/histories.ts';
import { ofType } from '../domain/entries.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { RolloutStatus } from '../domain/status.ts';
import { buildReport, type Report } from '../report/index.ts';
import { assessed, type Assessed } from './assessed.ts';
import { recordOf } from '../record-of.ts';
import { recordedEntries } from './recorded.ts';

/** The report of a run, with what the record knows around it. Needs no Temporal. */
interface Reported {
  readonly report: Report;
  /** Entries that do not read, of whatever run. */
  readonly damaged: readonly DamagedEntry[];
  /** What could not be told, in sentences. */
  readonly doubts: readonly string[];
}

interface Asked {
  /** Its id; the newest run when absent. */
  readonly run?: string | undefined;
  /** The rollout's directory, as commands are to name it. */
  readonly directory?: string;
  /** Asks how a run stands that has no verdict; null where nobody answers. */
  readonly live?: (run: string) => Promise<{ readonly status: RolloutStatus; readonly at: string } | null>;
}

/**
 * Makes the report of a run: its own entries, every drill of its rollout, and how ready the platform is, now or, for a run that
 * was asked for by its id, when that ended.
 *
 * @throws WindlassFailure as `recordedEntries` does: `NotFound`, and of the store; what `live` throws.
 */
export async function reported(
  config: Config,
  ref: RolloutRef,
  { run, directory, live }: Asked = {},
): Promise<Reported> {
  const { environment, rollout } = ref;
  const recorded = await recordedEntries(config, ref, run);
  const drills = await recordOf(config).read({ environment, rollout, types: ['drill'] });
  const ended = ofType(recorded.entries, 'verdict').at(-1)?.time;
  const at = run === undefined || ended === undefined ? Date.now() : Date.parse(ended);
  const ready = await readyAt(config, ref, at);
  const now = ended === undefined ? await live?.(recorded.run) : null;
  const report = buildReport(recorded, {
    drillHistories: historiesOf(drills.entries),
    ...('card' in ready ? { readiness: ready.card } : {}),
    ...(directory === undefined ? {} : { directory }),
    ...(now ? { live: now } : {}),
  });
  const damaged = [...recorded.damaged, ...drills.damaged, ...('damaged' in ready ? ready.damaged : [])];
  return {
    report,
    damaged: [...new Map(damaged.map((one) => [one.object, one])).values()],
    doubts: [
      ...recorded.unknown.map((one) => `of run ${one} nothing reads: it may be newer than ${recorded.run}`),
      ...('doubts' in ready ? ready.doubts : []),
    ],
  };
}

/** Nothing where the rollout asks for nothing; why not where that cannot be told: a report goes on without. */
async function readyAt(
  config: Config,
  ref: RolloutRef,
  at: number,
): Promise<Pick<Assessed, 'card' | 'damaged' | 'doubts'> | { readonly doubts: readonly string[] }> {
  try {
    return await assessed(config, ref, at);
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    return { doubts: error.type === 'NotFound' ? [] : [`how ready the platform is cannot be told: ${error.message}`] };
  }
}
