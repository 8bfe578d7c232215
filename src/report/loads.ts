import { ofKind, type FindingOf } from '../domain/evidence.ts';
import { perSecond, resultWords, stagesWords, thresholdsWords } from '../domain/load/load.ts';
import { code, fenced, plain, table } from '../domain/markdown-text.ts';
import type { EvidenceReport } from './report.ts';

type LoadReport = EvidenceReport & FindingOf<'load-held'>;

const BARS = '▁▂▃▄▅▆▇█';
/** How many marks a curve has at most: as many as a line of a terminal takes. */
const MARKS = 60;

/** Loads as Markdown, each with its curve; nothing where there is none. */
export function loadSection(evidence: readonly EvidenceReport[]): readonly string[] {
  const loads = ofKind('load-held', evidence) as readonly LoadReport[];
  return loads.length === 0 ? [] : ['## Load', '', ...loads.flatMap(loadLines)];
}

function loadLines({ step, about, observed, holds, time }: LoadReport): readonly string[] {
  const { faults, percentiles, failed, curve, connectionsOpened, lateMs } = observed;
  const verdict = holds ? 'held' : `**did not hold: ${plain(faults.join('; '))}**`;
  const kept = about.reuse ? 'kept open' : 'a new one for each request';
  const failures = Object.entries(failed);
  return [
    `**${plain(step ?? 'load')}**, ${code(about.request)} at ${time}: ${verdict}.`,
    '',
    `- ${plain(stagesWords(about.stages))} on at most ${about.connections} connections, ${kept} (${connectionsOpened} were opened)`,
    `- asked for: ${plain(thresholdsWords(about.thresholds))}`,
    `- seen: ${plain(resultWords(observed))}; the generator itself was up to ${lateMs} ms late with 99 of 100`,
    ...failures.map(([why, count]) => `- ${count} ${plain(why)}`),
    '',
    ...table(percentiles.map(([percentile]) => `p${percentile}`).concat('most'), [
      percentiles.map(([, ms]) => `${ms} ms`).concat(`${observed.most} ms`),
    ]),
    '```',
    ...fenced([
      bars('requests a second', perSecond(curve), '/s'),
      bars(
        'p50',
        curve.map(({ p50 }) => p50),
        ' ms',
      ),
      bars(
        'p99',
        curve.map(({ p99 }) => p99),
        ' ms',
      ),
      bars(
        'failed',
        curve.map(({ failed: count }) => count),
        '',
      ),
    ]),
    '```',
    '',
  ];
}

/** A line of a curve: a mark for each stretch, or for several together the highest of them. */
function bars(name: string, values: readonly number[], unit: string): string {
  const each = Math.max(1, Math.ceil(values.length / MARKS));
  const marks = Array.from({ length: Math.ceil(values.length / each) }, (_none, at) =>
    Math.max(...values.slice(at * each, (at + 1) * each)),
  );
  const most = Math.max(0, ...marks);
  const drawn = marks.map((value) => BARS[most === 0 ? 0 : Math.round((value / most) * (BARS.length - 1))] ?? '');
  return `${name.padEnd(18)} ${drawn.join('')} at most ${Number(most.toPrecision(3))}${unit}`;
}
