import { faultsWords, SEVERITIES, type Severity } from '../domain/audit.ts';
import { compareTexts } from '../domain/compare.ts';
import { ofKind, type FindingOf } from '../domain/evidence.ts';
import { code, plain, table } from '../domain/markdown-text.ts';
import type { AuditFault, AuditReport, EvidenceReport } from './report.ts';

/** How many faults of a check the table names. */
const FAULTS = 5;

/** What the audits of a run found: an entry for each step and each thing that it has audited. */
export function auditsOf(evidence: readonly EvidenceReport[]): readonly AuditReport[] {
  const own = evidence.filter(({ kind }) => kind.startsWith('audit-'));
  const groups = Map.groupBy(own, ({ step, source }) => JSON.stringify([step, source]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [auditOf(first, group)];
  });
}

function auditOf({ step, source: of }: EvidenceReport, findings: readonly EvidenceReport[]): AuditReport {
  const coverage = ofKind('audit-coverage', findings)[0]?.observed;
  return {
    ...{ step, of },
    checks: coverage?.checks ?? null,
    objects: coverage?.objects ?? null,
    faults: ofKind('audit-check', findings).filter(hasFaults).map(faultOf).sort(worstFirst),
    exemptions: ofKind('audit-exemption', findings).map(({ about, observed }) => ({ ...about, ...observed })),
    unseen: coverage?.unseen ?? [],
  };
}

function hasFaults({ observed }: FindingOf<'audit-check'>): boolean {
  return observed.open + observed.exempt > 0;
}

function faultOf({ about: { check, claim }, observed }: FindingOf<'audit-check'>): AuditFault {
  const { severity, open, exempt, faults, mend, stands } = observed;
  return { ...{ check, claim, severity, open, exempt, mend, stands }, where: faults };
}

function worstFirst(a: AuditFault, b: AuditFault): number {
  const rank = ({ severity, open }: AuditFault) => (open === 0 ? SEVERITIES.length : SEVERITIES.indexOf(severity));
  return rank(a) - rank(b) || compareTexts(a.check, b.check);
}

/** What an audit found and nobody answers for: `1 critical, 3 medium`. */
export function auditWords({ faults }: AuditReport): string {
  const open = (severity: Severity) =>
    faults.filter((fault) => fault.severity === severity).reduce((sum, fault) => sum + fault.open, 0);
  return faultsWords(open);
}

/** How much an audit has looked at: `64 checks over 812 objects`; empty where that is not on record. */
export function coverageWords({ checks, objects }: AuditReport): string {
  return checks === null || objects === null ? '' : `${checks} checks over ${objects} objects`;
}

/** Audits as Markdown; nothing where there is none. */
export function auditSection(audits: readonly AuditReport[]): readonly string[] {
  return audits.length === 0 ? [] : ['## Audit', '', ...audits.flatMap(auditLines)];
}

function auditLines(audit: AuditReport): readonly string[] {
  const { step, of, faults, exemptions, unseen } = audit;
  const coverage = coverageWords(audit);
  const rows = faults.map(({ check, severity, open, exempt, where, mend, stands }) => [
    open === 0 ? `${severity}, exempt` : `**${severity}**`,
    code(check),
    String(open),
    exempt === 0 ? '' : String(exempt),
    where
      .slice(0, FAULTS)
      .map((fault) => plain(`${fault.where} ${fault.what}`))
      .concat(open > FAULTS ? [`and ${open - FAULTS} more`] : [])
      .join('; '),
    plain(mend),
    plain(stands.join(', ')),
  ]);
  return [
    `**${plain(step ?? 'audit')} on ${plain(of)}: ${auditWords(audit)}**${coverage === '' ? '' : `, by ${coverage}`}.`,
    '',
    ...table(['severity', 'check', 'open', 'exempt', 'what', 'how to mend it', 'says the same'], rows),
    ...table(
      ['exempt', 'from', 'until', 'owner', 'reason', 'stands'],
      exemptions.map(({ subject, checks, until, owner, reason, matched, optional, lapsed }) => [
        plain(subject),
        checks.map(code).join(', '),
        until.slice(0, 10),
        plain(owner),
        plain(reason),
        lapsed ? '**lapsed**' : matched > 0 ? 'yes' : optional === true ? 'for nothing here' : '**matches nothing**',
      ]),
    ),
    ...(unseen.length === 0
      ? []
      : [
          'What could not be looked at:',
          '',
          ...unseen.map(({ check, where, why }) => `- ${code(check)}: ${plain(`${where}: ${why}`)}`),
          '',
        ]),
  ];
}
