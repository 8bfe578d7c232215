import type { EvidenceReport, Report } from '../report.ts';
import { count } from '../words.ts';
import { fitting, shares } from './budget.ts';
import { html, type Html } from './escape.ts';
import { chip, chunks, fold, howMark, section } from './words.ts';

/**
 * What was found: first what does not hold, then all of it by step.
 *
 * @param most bytes that it may have; what finds no room is counted.
 * @param rest the command that gives all of them.
 */
export function evidenceSection({ evidence, provenance }: Report, most: number, rest: string): Html {
  if (evidence.length === 0)
    return section(
      'evidence',
      'Evidence',
      null,
      html`<p class="empty">None was recorded: nothing on this page is proved.</p>`,
    );
  const steps = [...Map.groupBy(evidence, ({ step }) => step ?? 'the rollout')].map(([step, of]) => ({
    step,
    of: of.toSorted((a, b) => Number(a.holds) - Number(b.holds)),
  }));
  const rendered = steps.map(({ of }) => of.map(item));
  const room = shares(
    rendered.map((of) => of.reduce((sum, one) => sum + bytes(one), 0)),
    most,
  );
  return section(
    'evidence',
    'Evidence',
    html`What is not marked holds. ${provenance.sentences.join(' ')}`,
    steps.map(({ step, of }, at) => stepFold(step, of, fitting(rendered[at] ?? [], bytes, room[at] ?? 0), rest)),
  );
}

function stepFold(
  step: string,
  of: readonly EvidenceReport[],
  { shown, more }: { readonly shown: readonly Html[]; readonly more: number },
  rest: string,
): Html {
  const broken = of.filter(({ holds }) => !holds).length;
  const summary = html`<strong>${step}</strong>
    <span class="note">${count(of.length, 'claim')}</span
    >${broken === 0 ? null : html` ${chip(`${String(broken)} ${broken === 1 ? 'does' : 'do'} not hold`, 'bad')}`}`;
  const left =
    more === 0
      ? null
      : html`<p class="more">Left out, to keep this page small: ${more} more. All of it: <code>${rest}</code></p>`;
  return fold(`evidence:${step}`, summary, html`${left}${chunks(shown)}`, { print: false });
}

/** What holds is most of all, and says so by its place: a page of thousands has no room for more. */
function item({ subject, claim, holds, how, source, time }: EvidenceReport): Html {
  const at = time.slice(0, 19).replace('T', ' ');
  const mark = holds ? null : html`${chip('does not hold', 'bad')} `;
  return html`<li>
    ${mark}<b>${subject}</b> ${claim}${howMark(how)} <small>${at} <code>${source}</code></small>
  </li>`;
}

function bytes(piece: Html): number {
  return Buffer.byteLength(piece.text);
}
