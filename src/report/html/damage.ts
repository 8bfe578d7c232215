import type { Report } from '../report.ts';
import { html, type Html } from './escape.ts';
import { chip, items, section } from './words.ts';

/** Before everything else: the rest of the page knows nothing of it. */
export function damageSection(damaged: NonNullable<Report['damaged']>): Html {
  const one = damaged.length === 1;
  return section(
    'damage',
    'What does not read',
    html`${damaged.length} of this run's entries ${one ? 'does' : 'do'} not read: this page knows nothing of what
    ${one ? 'it' : 'they'} said.`,
    html`<ul class="cards">
      ${items(
        damaged,
        ({ object, type, why, uncertain }) =>
          html`<li class="card edge-bad">
            <p>${chip(type ?? 'unknown', 'bad')} <code>${object}</code> ${why}</p>
            <p class="note">Uncertain is ${uncertain}.</p>
          </li>`,
        'the JSON of the report names them',
        50,
      )}
    </ul>`,
  );
}
