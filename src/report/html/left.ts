import type { LeftReport, Report } from '../report.ts';
import { html, type Html } from './escape.ts';
import { chip, commands, items, section, type Tone } from './words.ts';

const KINDS: Readonly<Record<LeftReport['kind'], readonly [Tone, string]>> = {
  gate: ['wait', 'approval'],
  parked: ['bad', 'parked'],
  skipped: ['wait', 'skipped'],
  run: ['bad', 'run'],
  claim: ['bad', 'claim'],
  drill: ['bad', 'drill'],
  audit: ['wait', 'audit'],
  readiness: ['wait', 'readiness'],
  lapsing: ['quiet', 'lapses soon'],
};

/** What is left, each with the command that goes on. */
export function leftSection({ left, readiness, state }: Report): Html {
  const list = html`<ul class="cards">
    ${items(left, item, 'they are in the JSON of the report')}
  </ul>`;
  const goesOn = state === 'running' ? 'as far as it has come, ' : '';
  const none = html`<p class="empty">
    Nothing: ${goesOn}no step waits for a person and every claim
    holds${readiness === undefined ? '' : ', and no check of the readiness is open'}.
  </p>`;
  return section('left', 'What is left', null, left.length === 0 ? none : list);
}

function item({ kind, what, why, next, commands: of }: LeftReport): Html {
  const [tone, word] = KINDS[kind];
  return html`<li class="card edge-${tone}">
    <p>${chip(word, tone)} <strong>${what}</strong> ${why}</p>
    ${next === null ? null : html`<p class="note">${next}</p>`}${commands(of)}
  </li>`;
}
