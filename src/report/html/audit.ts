import { auditWords, coverageWords } from '../audit.ts';
import type { AuditFault, AuditReport } from '../report.ts';
import { html, type Html, type Piece } from './escape.ts';
import { chip, fold, items, section } from './words.ts';

/** What audits found, the worst first. */
export function auditSection(audits: readonly AuditReport[]): Html {
  return section('audit', 'Audit', null, audits.map(auditOf));
}

function auditOf(audit: AuditReport, at: number): Html {
  const { step, of, faults, exemptions, unseen } = audit;
  const coverage = coverageWords(audit);
  return html`<article>
    <h3>${step ?? 'audit'} <span class="note">on ${of}</span></h3>
    <p><strong>${auditWords(audit)}</strong>${coverage === '' ? null : html`, by ${coverage}`}.</p>
    <ul class="areas">
      ${faults.map((fault) => faultItem(fault, at))}
    </ul>
    ${exempt(exemptions)}${unseenFold(unseen, at)}
  </article>`;
}

function faultItem(
  { check, claim, severity, open, exempt: excused, where, mend, stands }: AuditFault,
  at: number,
): Html {
  const counts = [
    ...(open === 0 ? [] : [`${String(open)} open`]),
    ...(excused === 0 ? [] : [`${String(excused)} exempt`]),
  ];
  const summary = html`${chip(severity, open === 0 ? 'quiet' : undefined)} <strong>${claim}</strong>
    <span class="note">${counts.join(', ')}; <code>${check}</code></span>`;
  const list = html`<ul class="plain">
    ${items(where, (one) => html`<li><strong>${one.where}</strong> ${one.what}</li>`, '`windlass audit` lists them')}${open > where.length ? html`<li class="more">and ${open - where.length} more: <code>windlass audit</code> lists them</li>` : null}
  </ul>`;
  const same = stands.length === 0 ? null : html` <span class="note">The same say: ${stands.join(', ')}.</span>`;
  return html`<li>
    ${fold(
      `fault:${String(at)}:${check}`,
      summary,
      html`<p>To mend it: ${mend}${same}</p>
        ${list}`,
    )}
  </li>`;
}

function exempt(exemptions: AuditReport['exemptions']): Piece {
  if (exemptions.length === 0) return null;
  return html`<h4>Exemptions</h4>
    <ul class="plain">
      ${exemptions.map(({ subject, checks, owner, reason, until, matched, optional, lapsed }) => {
        const state = lapsed ? 'lapsed' : matched === 0 ? 'matches nothing' : `stands for ${String(matched)}`;
        const isIdle = lapsed || (matched === 0 && optional !== true);
        return html`<li>
          ${chip(state, isIdle ? 'wait' : 'quiet')} <strong>${subject}</strong> from ${checks.join(', ')} until
          ${until.slice(0, 10)}: ${reason} <span class="note">${owner}</span>
        </li>`;
      })}
    </ul>`;
}

function unseenFold(unseen: AuditReport['unseen'], at: number): Piece {
  if (unseen.length === 0) return null;
  return fold(
    `unseen:${String(at)}`,
    html`${unseen.length} could not be looked at`,
    html`<ul class="plain">
      ${unseen.map(({ check, where, why }) => html`<li><code>${check}</code> ${where}: ${why}</li>`)}
    </ul>`,
  );
}
