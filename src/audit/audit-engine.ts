import type { AuditFacts } from '../domain/audit.ts';
import type { Change } from '../domain/change.ts';
import type { Finding } from '../domain/evidence.ts';
import type { AuditSpec } from '../domain/kinds/audit.ts';
import type { EngineContext, StepEngine } from '../domain/step-engine.ts';
import { audit, type AuditResult } from './audit.ts';
import { evidenceOf } from './evidence.ts';

/** What was read, and where, in words. */
interface Collected {
  readonly facts: AuditFacts;
  /** `API server 10.0.0.1:6443`. */
  readonly source: string;
}

/** Reads all that an audit judges; it touches nothing. */
export type Collect = (
  spec: AuditSpec,
  context: Pick<EngineContext, 'signal' | 'owner' | 'resolve'>,
) => Promise<Collected>;

/**
 * `audit`: its plan asks for an answer to every critical fault that no exemption covers, so that a gate opens over them.
 * All faults are evidence, which stops nothing: whoever approves has seen the critical ones.
 */
export function auditEngine(collect: Collect): StepEngine<AuditSpec> {
  const plan = async (spec: AuditSpec, context: EngineContext): Promise<readonly Change[]> =>
    acceptances(judge(spec, (await collect(spec, context)).facts, Date.now()));
  const verify = async (spec: AuditSpec, context: EngineContext): Promise<readonly Finding[]> => {
    const { facts, source } = await collect(spec, context);
    return evidenceOf(judge(spec, facts, Date.now()), facts, source, new Date().toISOString());
  };
  return {
    plan,
    apply: async (spec, context) => ({ changes: await plan(spec, context), findings: [] }),
    verify,
    undo: () => 'An audit changes nothing, so there is nothing to undo.',
  };
}

/** The result of an audit with the settings of a step. @param now milliseconds since the epoch. */
export function judge(spec: AuditSpec, facts: AuditFacts, now: number): AuditResult {
  const { registries, namespaces = null, clusterScope: cluster } = spec;
  const exemptions = spec.exemptions.map((one) => ({ ...one, until: Date.parse(one.until) }));
  return audit(facts, { settings: { registries }, scope: { namespaces, cluster }, exemptions }, now);
}

/** What going on means where there are critical faults. */
function acceptances({ checks }: AuditResult): readonly Change[] {
  return checks
    .filter(({ check }) => check.severity === 'critical')
    .flatMap(({ check, open }) =>
      open.map(({ where, what }): Change => ({
        action: 'create',
        what: `acceptance of ${check.id}: ${where} ${what}`,
        destructive: false,
        asks: 'critical finding',
        detail: [
          `mend: ${check.mend}`,
          `exempt: { checks: [${check.id}], subject: ${JSON.stringify(where)}, reason, owner, until }`,
        ],
      })),
    );
}
