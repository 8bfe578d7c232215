import { canonicalJson } from '../../domain/json.ts';
import { ofKind, type FindingOf } from '../../domain/evidence.ts';
import type { QueryOutcome } from '../../domain/evidence/monitoring.ts';
import type { EvidenceReport } from '../report.ts';
import { html, type Html } from './escape.ts';
import { sparkline } from './sparkline.ts';
import { chip, fold, section, when, type Tone } from './words.ts';

type Asked = FindingOf<'monitoring-query'>;
type Query = Asked['observed']['queries'][number];

const OUTCOMES = ['data', 'rest', 'default', 'no series', 'NaN', 'error'] as const satisfies readonly QueryOutcome[];
const TONES: Readonly<Record<QueryOutcome, Tone>> = {
  ...{ data: 'good', rest: 'good', default: 'quiet' },
  ...{ 'no series': 'bad', NaN: 'bad', error: 'bad' },
};
/** How many boards and groups of rules are listed with their queries; all are counted. */
const LISTED = 100;

/**
 * What dashboards and rules come to on the live server: a row for each board and each group of rules, and below it every query with how it
 * went over the last hour. Null where nobody asked.
 */
export function monitoringSection(evidence: readonly EvidenceReport[]): Html | null {
  const asked = newest(ofKind('monitoring-query', evidence));
  const last = asked
    .map(({ time }) => time)
    .sort()
    .at(-1);
  if (last === undefined) return null;
  const groups = Map.groupBy(asked, ({ about: { of, within } }) => `${of === 'panel' ? 'board' : 'rules'} ${within}`);
  const rows = [...groups].map(([name, own]) => ({
    name,
    own,
    queries: own.flatMap(({ observed }) => observed.queries),
  }));
  return section(
    'monitoring',
    'Monitoring',
    html`What panels and rules ask, as the live server answered it at ${when(last)}. Lines go over the hour before.`,
    [
      html`<div class="scroll" tabindex="0" role="region" aria-label="Boards and rules by what their queries came to">
        <table>
          <thead>
            <tr>
              <th scope="col">board or rules</th>
              ${OUTCOMES.map((outcome) => html`<th scope="col">${outcome}</th>`)}
              <th scope="col">exempt</th>
              <th scope="col">holds</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(matrixRow)}
          </tbody>
        </table>
      </div>`,
      rows.slice(0, LISTED).map(({ name, own }) => boardFold(name, own)),
      rows.length > LISTED ? html`<p class="note">And ${rows.length - LISTED} more, counted above.</p>` : null,
    ],
  );
}

/** A step that was verified again has asked again: what it saw last counts. */
function newest(all: readonly Asked[]): readonly Asked[] {
  const latest = new Map<string, Asked>();
  for (const one of all) {
    const key = canonicalJson(one.about);
    const known = latest.get(key);
    if (known === undefined || known.time <= one.time) latest.set(key, one);
  }
  return [...latest.values()];
}

interface Row {
  readonly name: string;
  readonly own: readonly Asked[];
  readonly queries: readonly Query[];
}

function matrixRow({ name, own, queries }: Row): Html {
  const open = own.filter(({ holds }) => !holds).length;
  return html`<tr>
    <th scope="row">${name}</th>
    ${OUTCOMES.map((outcome) => {
      const count = queries.filter((query) => query.outcome === outcome).length;
      return html`<td>${count === 0 ? html`<span class="note">0</span>` : chip(String(count), TONES[outcome])}</td>`;
    })}
    <td>${own.filter(({ observed }) => observed.exempt !== null).length}</td>
    <td>${open === 0 ? chip('all', 'good') : chip(`${String(open)} not`, 'bad')}</td>
  </tr>`;
}

function boardFold(name: string, own: readonly Asked[]): Html {
  const open = own.filter(({ holds }) => !holds).length;
  return fold(
    `monitoring:${name}`,
    html`${name} <span class="note">${own.length} asked${open === 0 ? null : html`, ${open} not answered`}</span>`,
    html`<div class="scroll" tabindex="0" role="region" aria-label="${name}">
      <table>
        <thead>
          <tr>
            <th scope="col">asks</th>
            <th scope="col">comes to</th>
            <th scope="col">last hour</th>
          </tr>
        </thead>
        <tbody>
          ${own.map((one) => one.observed.queries.map((query) => queryRow(one, query)))}
        </tbody>
      </table>
    </div>`,
    { open: open > 0 },
  );
}

function queryRow({ about, observed }: Asked, { ref, asked, outcome, value, series, why, curve, line }: Query): Html {
  const number = typeof value === 'number' ? String(Number(value.toPrecision(4))) : value;
  return html`<tr>
    <th scope="row">
      ${about.name}${ref === '' ? null : html` <span class="note">${ref}</span>`}<br /><code>${asked}</code
      >${why === null ? null : html`<br /><span class="note">${why} (${about.file}:${line})</span>`}
    </th>
    <td>
      ${chip(outcome, TONES[outcome])}${number === null ? null : html` ${number}`}${series > 1 ? html`<br /><span class="note">the first of ${series} series</span>` : null}${observed.exempt === null ? null : html`<br /><span class="note">exempt: ${observed.exempt}</span>`}
    </td>
    <td>${curve === undefined ? null : sparkline(curve)}</td>
  </tr>`;
}
