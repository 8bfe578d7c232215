import { ofKind, type FindingOf } from '../../domain/evidence.ts';
import { perSecond, resultWords, stagesWords, thresholdsWords } from '../../domain/load/load.ts';
import type { EvidenceReport } from '../report.ts';
import { html, type Html } from './escape.ts';
import { sparkline } from './sparkline.ts';
import { bar, chip, fold, section, when } from './words.ts';

type LoadReport = EvidenceReport & FindingOf<'load-held'>;
type Bucket = LoadReport['observed']['histogram'][number];

/** How many rows a histogram has at most. */
const ROWS = 16;

/** What servers were put under and how they answered, each load with its curve and its histogram. Null where there was none. */
export function loadsSection(evidence: readonly EvidenceReport[]): Html | null {
  const loads = ofKind('load-held', evidence) as readonly LoadReport[];
  if (loads.length === 0) return null;
  return section(
    'load',
    'Load',
    'Requests that came at a rate of their own. A latency counts from when its request was due to the end of its answer.',
    loads.map(one),
  );
}

function one({ step, about, observed, holds, time }: LoadReport): Html {
  const { faults, failed, curve, histogram, percentiles, connectionsOpened, lateMs, most } = observed;
  const name = step ?? 'load';
  const label = `${name}, ${about.request} at ${time}`;
  const kept = about.reuse ? 'kept open' : 'a new one for each request';
  const curves = [
    { of: 'requests a second', values: perSecond(curve), unit: '/s' },
    { of: 'p50', values: curve.map(({ p50 }) => p50), unit: ' ms' },
    { of: 'p99', values: curve.map(({ p99 }) => p99), unit: ' ms' },
    { of: 'failed', values: curve.map((stretch) => stretch.failed), unit: '' },
  ];
  return html`<h3>${name} ${holds ? chip('held', 'good') : chip('did not hold', 'bad')}</h3>
    ${faults.length === 0 ? null : html`<p class="bad-text">${faults.join('; ')}</p>`}
    <p><code>${about.request}</code>, ${when(time)}</p>
    <ul>
      <li>
        ${stagesWords(about.stages)}, on at most ${about.connections} connections, ${kept} (${connectionsOpened} were
        opened)
      </li>
      <li>asked for: ${thresholdsWords(about.thresholds)}</li>
      <li>seen: ${resultWords(observed)}; the generator itself was up to ${lateMs} ms late with 99 of 100</li>
      ${Object.entries(failed).map(([why, count]) => html`<li>${count} ${why}</li>`)}
    </ul>
    <div class="scroll" tabindex="0" role="region" aria-label="Curve of ${label}">
      <table>
        <thead>
          <tr>
            <th scope="col">over the load</th>
            <th scope="col">at most</th>
            <th scope="col">curve</th>
          </tr>
        </thead>
        <tbody>
          ${curves.map(
            ({ of, values, unit }) =>
              html`<tr>
                <th scope="row">${of}</th>
                <td>${Number(Math.max(0, ...values).toPrecision(3))}${unit}</td>
                <td>${values.length === 0 ? null : sparkline(values, unit)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${fold(
      `load:${label}`,
      html`Latencies
        <span class="note"
          >${percentiles.map(([percentile, ms]) => html`p${percentile} ${ms} ms, `)}at most ${most} ms</span
        >`,
      histogramTable(label, histogram),
    )}`;
}

function histogramTable(label: string, histogram: readonly Bucket[]): Html {
  const rows = grouped(histogram);
  const highest = Math.max(1, ...rows.map(([, count]) => count));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Latencies of ${label}">
    <table>
      <thead>
        <tr>
          <th scope="col">up to</th>
          <th scope="col">requests</th>
          <th scope="col" class="wide"><span class="away">as a bar</span></th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([ms, count]) =>
            html`<tr>
              <th scope="row">${Number(ms.toPrecision(3))} ms</th>
              <td>${count}</td>
              <td class="wide">${bar([{ share: count / highest, of: 'is' }])}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Buckets side by side as one, where there are more than anybody reads. */
function grouped(histogram: readonly Bucket[]): readonly Bucket[] {
  const each = Math.max(1, Math.ceil(histogram.length / ROWS));
  return Array.from({ length: Math.ceil(histogram.length / each) }, (_, at): Bucket => {
    const own = histogram.slice(at * each, (at + 1) * each);
    return [own.at(-1)?.[0] ?? 0, own.reduce((sum, [, count]) => sum + count, 0)];
  });
}
