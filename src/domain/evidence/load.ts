import { formatDuration } from '../duration.ts';
import { resultWords, stagesWords, thresholdsWords, type Load, type LoadResult } from '../load/load.ts';
import { kind } from './kind.ts';

/** Which load, on what. */
interface Loaded extends Omit<Load, 'abortFromMs'> {
  /** `GET http://127.0.0.1:8080/health` */
  readonly request: string;
}

interface LoadSeen extends LoadResult {
  /** What speaks against it; empty where it holds. */
  readonly faults: readonly string[];
}

/** What loads claim. */
export const LOAD = {
  'load-held': kind<Loaded, LoadSeen>({
    subject: ({ request }) => `load of ${request}`,
    claim: ({ stages, thresholds, connections, reuse }, seen) =>
      `${stagesWords(stages)} on at most ${connections} connections, ${reuse ? 'kept open' : 'a new one each'}: ${thresholdsWords(thresholds)} (${resultWords(seen)})`,
  }),

  'load-recent': kind<{ readonly request: string; readonly withinMs: number }, { readonly newest: string | null }>({
    subject: ({ request }) => `load of ${request}`,
    claim: ({ withinMs }) => `was carried with this bundle within ${formatDuration(withinMs)}`,
  }),
};
