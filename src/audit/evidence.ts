import type { AuditFacts } from '../domain/audit.ts';
import type { Finding } from '../domain/evidence.ts';
import type { AuditResult, CheckResult } from './audit.ts';
import type { JudgedExemption } from './exemptions.ts';

/** How many faults of one check the record keeps. */
const KEPT = 200;
/** How many of what could not be looked at. */
const UNSEEN_KEPT = 200;

/** What an audit found as evidence: each check, each exemption, and how much could be looked at. */
export function evidenceOf(
  { checks, exemptions }: AuditResult,
  facts: AuditFacts,
  source: string,
  time: string,
): readonly Finding[] {
  const common = { how: 'real', source, time } as const;
  const unseen = checks.flatMap((result) =>
    result.unseen.map(({ where, unseen: why }) => ({ check: result.check.id, where, why })),
  );
  const objects = Object.values(facts.cluster.objects).reduce((sum, all) => sum + all.length, 0);
  return [
    ...checks.filter(hasLooked).map((result): Finding => ({ ...common, ...checkFinding(result, source) })),
    ...exemptions.map((judged): Finding => ({ ...common, ...exemptionFinding(judged) })),
    {
      ...common,
      kind: 'audit-coverage',
      about: { of: source },
      holds: unseen.length === 0,
      observed: { checks: checks.length, objects, unseen: unseen.slice(0, UNSEEN_KEPT) },
    },
  ];
}

/** One that saw nothing at all claims nothing. */
function hasLooked({ open, exempt, unseen }: CheckResult): boolean {
  return unseen.length === 0 || open.length > 0 || exempt.length > 0;
}

function checkFinding({ check, open, exempt }: CheckResult, of: string) {
  const { id, claim, severity, mend, stands } = check;
  return {
    kind: 'audit-check',
    about: { check: id, claim, of },
    holds: open.length === 0,
    observed: {
      ...{ severity, mend, stands, open: open.length, exempt: exempt.length },
      faults: open.slice(0, KEPT).map(({ where, what }) => ({ where, what })),
    },
  } as const;
}

function exemptionFinding({ exemption, matched, lapsed }: JudgedExemption) {
  const { checks, subject, owner, reason, until, optional = false } = exemption;
  return {
    kind: 'audit-exemption',
    about: {
      ...{ subject, checks, owner, reason, until: new Date(until).toISOString() },
      ...(optional ? { optional } : {}),
    },
    holds: (matched > 0 || optional) && !lapsed,
    observed: { matched, lapsed },
  } as const;
}
