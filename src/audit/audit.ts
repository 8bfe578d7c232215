import { compareTexts } from '../domain/compare.ts';
import type { AuditFacts } from '../domain/audit.ts';
import type { Check, Fault, Unseen } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { coveredBy, judgedExemptions, type Exemption, type JudgedExemption } from './exemptions.ts';
import { World, type AuditSettings } from './world.ts';

/** Which objects of the cluster are judged. All are read: what is granted elsewhere counts here too. */
export interface Scope {
  /** Null for all but those of Kubernetes itself (`kube-*`). */
  readonly namespaces: readonly string[] | null;
  /** Whether objects without a namespace are judged. */
  readonly cluster: boolean;
}

/** What one check found. */
export interface CheckResult {
  readonly check: Check;
  readonly open: readonly Fault[];
  /** Faults that somebody answers for. */
  readonly exempt: readonly (Fault & { readonly by: Exemption })[];
  readonly unseen: readonly Unseen[];
}

export interface AuditResult {
  readonly checks: readonly CheckResult[];
  readonly exemptions: readonly JudgedExemption[];
}

/**
 * Judges what was seen by every check. Pure: the same facts give the same result.
 *
 * @param now milliseconds since the epoch, by which exemptions end.
 */
export function audit(
  facts: AuditFacts,
  {
    settings,
    scope,
    exemptions,
  }: { readonly settings: AuditSettings; readonly scope: Scope; readonly exemptions: readonly Exemption[] },
  now: number,
): AuditResult {
  const world = new World(facts, settings);
  const used = new Map<Exemption, number>();
  const checks = CHECKS.map((check): CheckResult => {
    const { faults, unseen } = sighted(check, world, scope);
    const open: Fault[] = [];
    const exempt: (Fault & { by: Exemption })[] = [];
    for (const fault of faults) {
      const by = coveredBy(exemptions, check.id, fault.where);
      for (const one of by) used.set(one, (used.get(one) ?? 0) + 1);
      const standing = by.find((one) => one.until > now);
      if (standing === undefined) open.push(fault);
      else exempt.push({ ...fault, by: standing });
    }
    return { check, open, exempt, unseen };
  });
  return { checks, exemptions: judgedExemptions(exemptions, used, now) };
}

function sighted(check: Check, world: World, scope: Scope): { faults: readonly Fault[]; unseen: readonly Unseen[] } {
  const { unread } = world.facts.cluster;
  const missing = check.needs.flatMap((kind) => {
    const why = unread[kind];
    return why === undefined ? [] : [{ where: `every ${kind}`, unseen: why }];
  });
  if (missing.length > 0) return { faults: [], unseen: missing };
  const found = [...check.find(world)];
  const faults = found.filter((one): one is Fault => !('unseen' in one) && isIn(scope, one));
  return {
    faults: faults.sort((a, b) => compareTexts(a.where, b.where) || compareTexts(a.what, b.what)),
    unseen: found.filter((one): one is Unseen => 'unseen' in one),
  };
}

function isIn({ namespaces, cluster }: Scope, { namespace }: Fault): boolean {
  if (namespace === undefined) return true;
  if (namespace === null) return cluster;
  return namespaces === null ? !namespace.startsWith('kube-') : namespaces.includes(namespace);
}
