import type { AuditResult } from '../../audit/audit.ts';
import { labelledExemption } from '../../audit/exemptions.ts';
import { faultsWords, SEVERITIES, type Severity } from '../../domain/audit.ts';
import type { Paint } from '../cli.ts';

const COLOURS = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim' } as const;

/** What an audit found, the worst first, with how to mend it; what is exempt, and what could not be looked at. */
export function auditLines(
  { step, source, result }: { readonly step: string; readonly source: string; readonly result: AuditResult },
  paint: Paint,
): string[] {
  const { checks, exemptions } = result;
  const sorted = SEVERITIES.flatMap((severity) => checks.filter(({ check }) => check.severity === severity));
  return [
    '',
    `${paint('bold', step)} on ${source}: ${countsOf([result])}`,
    ...sorted.flatMap(({ check, open }) =>
      open.length === 0
        ? []
        : [
            `  ${paint(COLOURS[check.severity], check.severity.padEnd(8))} ${check.id}`,
            ...open.map(({ where, what }) => `    ${where} ${what}`),
            `    ${paint('dim', `mend: ${check.mend}`)}`,
          ],
    ),
    ...checks.flatMap(({ check, exempt }) =>
      exempt.map(({ where, by }) => `  exempt   ${check.id}: ${where}: ${labelledExemption(by)}`),
    ),
    ...exemptions.flatMap(({ exemption, matched, lapsed }) => [
      ...(lapsed ? [paint('yellow', `  lapsed   ${exemption.subject}: ${labelledExemption(exemption)}`)] : []),
      ...(matched === 0 && exemption.optional !== true
        ? [paint('yellow', `  unused   ${exemption.subject}: it matches nothing: ${labelledExemption(exemption)}`)]
        : []),
    ]),
    ...checks.flatMap(({ check, unseen }) =>
      unseen.map((one) => paint('dim', `  unseen   ${check.id}: ${one.where}: ${one.unseen}`)),
    ),
  ];
}

/** `1 critical, 3 medium`, or that nothing was found. */
export function countsOf(results: readonly AuditResult[]): string {
  return faultsWords((severity) => openAt(results, [severity]));
}

/** How many faults of these severities nobody answers for. */
export function openAt(results: readonly AuditResult[], severities: readonly Severity[]): number {
  return results
    .flatMap(({ checks }) => checks)
    .filter(({ check }) => severities.includes(check.severity))
    .reduce((sum, { open }) => sum + open.length, 0);
}
