import { compareTexts } from '../../domain/compare.ts';
import { DECIDED, short } from '../../domain/gate.ts';
import type { CommandReport, DecisionReport, FailureReport, Report } from '../report.ts';
import { html, type Html, type Piece } from './escape.ts';
import { chip, items, section, when } from './words.ts';

const REST = '`windlass report` has all of them';

/** Who decided what, and who stepped in, in the order of time. */
export function decisionsSection({ decisions, commands }: Report): Html {
  const all = [
    ...decisions.map((one) => ({ time: one.time, item: decisionItem(one) })),
    ...commands.map((one) => ({ time: one.time, item: commandItem(one) })),
  ].sort((a, b) => compareTexts(a.time, b.time));
  const none = html`<p class="empty">Nobody was asked, and nobody stepped in.</p>`;
  const list = html`<ol class="plain">
    ${items(all, ({ item }) => item, REST)}
  </ol>`;
  return section('decisions', 'Decisions', null, all.length === 0 ? none : list);
}

function decisionItem({
  time,
  gate,
  verdict,
  by,
  comment,
  waives,
  signed,
  changeDigest,
  denial,
}: DecisionReport): Html {
  return html`<li>
    ${denial === null ? chip(DECIDED[verdict], verdict === 'reject' ? 'bad' : verdict === 'approve' ? 'good' : 'busy') : chip('denied', 'bad')}
    <strong>${gate}</strong> by ${by}${signedWords(signed)}
    <span class="note">${when(time)}, over changes <code>${short(changeDigest)}</code></span
    >${denial === null ? null : html`<p>The ${verdict} did not stand: ${denial}.</p>`}${waives === null ? null : html`<p class="bad-text">Waived: ${waives}.</p>`}${said(comment)}
  </li>`;
}

function commandItem({ time, action, step, by, comment, denial, signed }: CommandReport): Html {
  return html`<li>
    ${denial === null ? chip(action, 'busy') : chip('denied', 'bad')} <strong>${step ?? 'the rollout'}</strong> by
    ${by}${signedWords(signed === true)}
    <span class="note">${when(time)}</span
    >${denial === null ? null : html`<p>The ${action} did not stand: ${denial}.</p>`}${said(comment)}
  </li>`;
}

function signedWords(signed: boolean): Piece {
  return signed ? html` <span class="signed">signed</span>` : null;
}

function said(comment: string): Piece {
  return comment.trim() === '' ? null : html`<blockquote>${comment}</blockquote>`;
}

/** What failed, also what was mended since. */
export function failuresSection(failures: readonly FailureReport[]): Html {
  return section(
    'failures',
    'Failures',
    'Also those that a retry has mended since.',
    html`<ol class="plain">
      ${items(failures, failureItem, REST)}
    </ol>`,
  );
}

function failureItem({ time, step, failure: { type, object, message, next } }: FailureReport): Html {
  return html`<li>
    ${chip(type, 'bad')} <strong>${step ?? 'the rollout'}</strong> <span class="note">${when(time)}</span>
    <p>${object === undefined ? '' : `${object}: `}${message}</p>
    <p class="note">${next}</p>
  </li>`;
}
