import type { EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';
import type { ContainerReport } from './containers.ts';
import { probeWords } from './probe-words.ts';

/** Fewer restarts than this may be a dependency that came late. */
const OFTEN = 2;

/**
 * A container that ends again and again. Between two ends it may run for a while, so that the trouble keeps its clock
 * while it runs unready; but only a back-off makes it a verdict soon.
 */
export function crashVerdict(report: ContainerReport, notes: readonly EventNote[], graces: Graces): Suspicion[] {
  const { about, waiting, ready, restarts, ended } = report;
  const backOff = waiting === 'CrashLoopBackOff';
  const again = !ready && ended !== null && ended.exitCode !== 0 && restarts >= OFTEN;
  if (!backOff && !again) return [];
  const code = ended?.exitCode ?? null;
  const exit = code === null ? '' : `exit code ${String(code)}, `;
  const { reason, why } = causeOf(report, notes);
  const message = `${exit}restarted ${String(restarts)} times${why === '' ? '' : `: ${why}`}`;
  return [{ ...about, reason, message, graceMs: backOff ? graces.crashMs : graces.probeMs }];
}

/** What the container died of last says more than that it is in back-off. */
function causeOf({ about, ended }: ContainerReport, notes: readonly EventNote[]): { reason: string; why: string } {
  if (ended?.reason === 'OOMKilled') return { reason: 'OOMKilled', why: '' };
  const killed = notes.find(
    ({ container, probe }) => container === about.container && (probe === 'Liveness' || probe === 'Startup'),
  );
  if (killed !== undefined) return { reason: 'ProbeKilled', why: probeWords(killed) };
  // Its termination message is the program's own, and may hold what it was given.
  return { reason: 'CrashLoopBackOff', why: '' };
}
