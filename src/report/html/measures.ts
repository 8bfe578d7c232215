import { measuredText, progressOf, progressText, type Measured, type MeasureStatus } from '../../domain/measured.ts';
import { html, type Html, type Piece } from './escape.ts';
import { chip, percent, section } from './words.ts';

/** What the run measured, before and after. */
export function measuresSection(measures: readonly MeasureStatus[]): Html {
  return section(
    'measures',
    'Before and after',
    'Read before the first change and after the last one.',
    html`<div class="scroll" tabindex="0" role="region" aria-label="Measures">
      <table>
        <thead>
          <tr>
            <th scope="col">measure</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col">difference</th>
            <th scope="col" class="wide"><span class="away">as bars</span></th>
          </tr>
        </thead>
        <tbody>
          ${measures.map(row)}
        </tbody>
      </table>
    </div>`,
  );
}

function row(one: MeasureStatus): Html {
  const { title, unit, before, after } = one;
  const progress = progressOf(one);
  const words = progressText(one);
  const difference =
    progress === 'better' || progress === 'worse' ? chip(words, progress === 'better' ? 'good' : 'wait') : words;
  return html`<tr>
    <th scope="row">${title}${whys(one)}</th>
    <td>${cell(before, unit)}</td>
    <td><strong>${cell(after, unit)}</strong></td>
    <td>${difference}</td>
    <td class="wide">${bars(one)}</td>
  </tr>`;
}

function cell(of: Measured | null, unit: string | undefined): string {
  return of === null ? 'not read' : measuredText(of, unit);
}

function whys({ before, after }: MeasureStatus): Piece {
  return Object.entries({ before, after }).map(([moment, of]) =>
    of?.why === undefined ? null : html`<br /><span class="note">unknown ${moment}: it ${of.why}</span>`,
  );
}

/** Both on one scale; nothing where either is not known, or is negative. */
function bars({ before, after }: MeasureStatus): Piece {
  const [from, to] = [before?.value ?? null, after?.value ?? null];
  if (from === null || to === null || from < 0 || to < 0 || from + to === 0) return null;
  const most = Math.max(from, to);
  return html`<svg width="100%" height="20" aria-hidden="true">
    <rect class="was" y="2" height="6" width="${percent(from / most)}" />
    <rect class="is" y="11" height="7" width="${percent(to / most)}" />
  </svg>`;
}
