import type { Severity } from '../domain/audit.ts';
import { labelledExemption } from './exemptions.ts';
import type { AuditResult } from './audit.ts';
import type { Check, Fault, Unseen } from './check.ts';

/** One audit of a rollout. */
export interface NamedResult {
  /** `PHASE/STEP`. */
  readonly step: string;
  readonly result: AuditResult;
}

/** What a document says beside what was found. */
interface Origin {
  /** Of Windlass. */
  readonly version: string;
  /** The file whose step was carried out, as a URI relative to where the document is read, or an absolute one. */
  readonly file: string;
}

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};
/** What viewers that know numbers alone make the same severities of: from 9.0 critical, from 7.0 high, from 4.0 medium. */
const SCORES: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' };

/**
 * Audits as one SARIF 2.1.0 document (OASIS): each check is a rule, each fault a result, exempt ones suppressed with their
 * reason, and what could not be looked at a notification.
 */
export function sarifOf(results: readonly NamedResult[], { version, file }: Origin): object {
  const rules = results[0]?.result.checks.map(({ check }) => check) ?? [];
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const common = (check: Check, { where, what }: Fault, step: string) => ({
    ruleId: check.id,
    ruleIndex: indexes.get(check.id) ?? -1,
    level: LEVELS[check.severity],
    message: { text: `${where} ${what}. ${check.mend}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: file }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: where, kind: 'resource' }],
      },
    ],
    // The same fault is the same result in every run, wherever the file lies.
    partialFingerprints: { 'windlass/v1': `${step}:${check.id}:${where}:${what}` },
  });
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Windlass', semanticVersion: version, rules: rules.map(ruleOf) } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: results.flatMap(({ step, result }) =>
              result.checks.flatMap(({ check, unseen }) => unseen.map((one) => notificationOf(check, one, step))),
            ),
          },
        ],
        results: results.flatMap(({ step, result }) =>
          result.checks.flatMap(({ check, open, exempt }) => [
            ...open.map((fault) => common(check, fault, step)),
            ...exempt.map((fault) => ({
              ...common(check, fault, step),
              suppressions: [{ kind: 'external', status: 'accepted', justification: labelledExemption(fault.by) }],
            })),
          ]),
        ),
      },
    ],
  };
}

function ruleOf({ id, claim, mend, severity, stands }: Check): object {
  return {
    id,
    shortDescription: { text: claim },
    help: { text: `${mend}${stands.length === 0 ? '' : ` The same is said by ${stands.join(', ')}.`}` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { 'security-severity': SCORES[severity], severity, tags: ['security', ...stands] },
  };
}

function notificationOf(check: Check, { where, unseen }: Unseen, step: string): object {
  return {
    level: 'note',
    message: { text: `${step}: ${check.id} could not look at ${where}: ${unseen}.` },
    associatedRule: { id: check.id },
  };
}
