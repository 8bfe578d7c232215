import type { DrillHistory } from '../../domain/drill/histories.ts';
import type { RecordedDrill } from '../../domain/drill/history.ts';
import { formatDuration } from '../../domain/duration.ts';
import { html, type Html, type Piece } from './escape.ts';
import { chip, percent, section, when } from './words.ts';

/** How many of the last are drawn, and how many are listed. */
const DRAWN = 60;
const LISTED = 20;
const HEIGHT = 120;

/** Drills, whatever run they were of, with the trend of their restore times. */
export function drillsSection(histories: readonly DrillHistory[]): Html {
  return section(
    'drills',
    'Drills',
    'A drill restores a backup apart and compares what came back.',
    histories.map(history),
  );
}

function history({ drill, newest, trend, drills }: DrillHistory): Html {
  const listed = drills.slice(-LISTED).reverse();
  const proof =
    newest === null
      ? html`${chip('no backup was ever proven', 'bad')}`
      : html`newest proven backup <code>${newest.backup}</code> of ${when(newest.at)}`;
  return html`<article class="drill">
    <h3>${drill}</h3>
    <p>${proof}. Restore times: ${trend.words}.</p>
    ${curve(drills.slice(-DRAWN), `Restore times of ${drill}: ${trend.words}`)}
    <div class="scroll" tabindex="0" role="region" aria-label="Drills of ${drill}">
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            <th scope="col">verdict</th>
            <th scope="col">backup</th>
            <th scope="col">RTO</th>
            <th scope="col">RPO</th>
          </tr>
        </thead>
        <tbody>
          ${listed.map(row)}
        </tbody>
      </table>
    </div>
    ${drills.length > listed.length ? html`<p class="note">The last ${listed.length} of ${drills.length}; <code>windlass drills</code> lists the others.</p>` : null}
  </article>`;
}

function row({ time, verdict, backup, faults, missed, failure, rtoSeconds, rpoSeconds }: RecordedDrill): Html {
  const against = [...faults, ...missed.map((one) => `not ${one}`), ...(failure === null ? [] : [failure.message])];
  const more = against.length > 5 ? [`and ${String(against.length - 5)} more`] : [];
  return html`<tr>
    <td>${when(time)}</td>
    <td>
      ${chip(verdict)}${[...against.slice(0, 5), ...more].map((one) => html`<br /><span class="note">${one}</span>`)}
    </td>
    <td>${backup === null ? '' : html`<code>${backup}</code>`}</td>
    <td>${seconds(rtoSeconds)}</td>
    <td>${seconds(rpoSeconds)}</td>
  </tr>`;
}

function seconds(of: number | null): string {
  return of === null ? '' : formatDuration(of * 1_000);
}

/** Restore times in their order; nothing for fewer than two. What was not proven stands on the ground, as a cross. */
function curve(drills: readonly RecordedDrill[], label: string): Piece {
  const times = drills.map(({ verdict, rtoSeconds }) => (verdict === 'proven' ? rtoSeconds : null));
  const most = Math.max(0, ...times.map((time) => time ?? 0));
  if (drills.length < 2 || most === 0) return null;
  const x = (at: number) => percent((at + 0.5) / drills.length);
  const y = (time: number) => Number((HEIGHT - 12 - (time / most) * (HEIGHT - 24)).toFixed(1));
  const points = drills.map(({ time, verdict }, at) => {
    const took = times[at] ?? null;
    return took === null
      ? html`<text class="cross" x="${x(at)}" y="${HEIGHT - 4}" text-anchor="middle"
          >✗<title>${time}: ${verdict}</title></text
        >`
      : html`<circle cx="${x(at)}" cy="${y(took)}" r="4"
          ><title>${time}: ${formatDuration(took * 1_000)}</title></circle
        >`;
  });
  const known = times.flatMap((took, at) => (took === null ? [] : [{ took, at }]));
  const lines = known.slice(1).map(({ took, at }, before) => {
    const from = known[before];
    return from === undefined
      ? null
      : html`<line x1="${x(from.at)}" y1="${y(from.took)}" x2="${x(at)}" y2="${y(took)}" />`;
  });
  return html`<div class="curve">
    <span class="most" aria-hidden="true">${formatDuration(most * 1_000)}</span
    ><span class="least" aria-hidden="true">0</span
    ><svg role="img" aria-label="${label}" width="100%" height="${HEIGHT}">
      <line class="ground" x1="0" x2="100%" y1="${HEIGHT - 12}" y2="${HEIGHT - 12}" />
      <line class="ground" x1="0" x2="100%" y1="12" y2="12" />
      ${lines}${points}
    </svg>
  </div>`;
}
