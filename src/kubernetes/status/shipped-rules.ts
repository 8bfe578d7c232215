import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { KindRef } from '../../domain/kubernetes-api.ts';
import { installed } from '../../installation.ts';
import { groupOf } from '../identity.ts';
import { Rule } from './rule.ts';

const FILE = installed('rules/readiness.yaml');

const shippedRule = z.strictObject({
  group: z.string().min(1),
  kinds: z.array(z.string().min(1)).min(1),
  ready: z.string().min(1),
  failed: z.string().min(1).optional(),
  source: z.string().min(1),
});
type ShippedRule = z.output<typeof shippedRule>;

/**
 * The rules of rules/readiness.yaml, as written there.
 *
 * @throws ZodError when the file has another shape.
 * @internal exported for its tests
 */
export function readShippedRules(): readonly ShippedRule[] {
  return z.array(shippedRule).parse(parse(readFileSync(FILE, 'utf8')));
}

let shipped: readonly ShippedRule[] | undefined;
const byKind = new Map<string, Rule | null>();

/** The rule that comes with Windlass for a kind that is no part of Kubernetes; null when there is none. */
export function shippedRuleFor({ apiVersion, kind }: KindRef): Rule | null {
  const group = groupOf(apiVersion);
  const key = `${group}/${kind}`;
  let rule = byKind.get(key);
  if (rule === undefined) {
    shipped ??= readShippedRules();
    const fitting = shipped.filter((written) => isGroup(group, written.group));
    const written =
      fitting.find(({ kinds }) => kinds.includes(kind)) ?? fitting.find(({ kinds }) => kinds.includes('*'));
    byKind.set(key, (rule = written === undefined ? null : new Rule(written, { shipped: true })));
  }
  return rule;
}

function isGroup(group: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? group.endsWith(pattern.slice(1)) : group === pattern;
}
