import type { Report } from '../report.ts';
import { html, type Html } from './escape.ts';
import { section } from './words.ts';

/** What a page does not show because nobody asked for it, with how it is had: silence is not to be taken for health. */
export function missingSection({ readiness, measures, audits, drillHistories }: Report): Html | null {
  const missing = [
    ...(readiness === undefined
      ? [
          html`<li>
            How ready the platform is: the rollout does not say what makes it ready (<code>spec.readiness</code>).
          </li>`,
        ]
      : []),
    ...(measures === undefined
      ? [html`<li>Figures from before and after: it measures nothing (<code>spec.measures</code>).</li>`]
      : []),
    ...(drillHistories === undefined
      ? [
          html`<li>
            Whether a backup can be restored: no drill is on record (a step of kind <code>velero.drill</code>).
          </li>`,
        ]
      : []),
    ...(audits === undefined
      ? [html`<li>What an audit finds: this run carried none out (a step of kind <code>audit</code>).</li>`]
      : []),
  ];
  return missing.length === 0
    ? null
    : section(
        'missing',
        'What this page does not show',
        null,
        html`<ul>
          ${missing}
        </ul>`,
      );
}
