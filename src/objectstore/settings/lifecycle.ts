import type { LifecycleRuleSpec } from '../../domain/kinds/objectstore-bucket.ts';
import { buildXml, childrenOf, parseXml } from '../xml.ts';
import { elementsOf, rulesOf, sorted, type Rule } from './lifecycle-rules.ts';
import { readSetting, removeSetting, writeSetting } from './query.ts';
import type { BucketSetting } from './setting.ts';

/** All rules by which the server deletes by age. */
export const lifecycle: BucketSetting<readonly Rule[]> = {
  name: 'lifecycle',
  wanted: (spec) => (spec.lifecycle === undefined ? undefined : sorted(spec.lifecycle.map(ruleOf))),
  read: async (handle) => {
    const answer = await readSetting(handle, 'lifecycle', 'the lifecycle', 'NoSuchLifecycleConfiguration');
    return rulesOf(childrenOf(parseXml(answer ?? '', 'LifecycleConfiguration'), 'Rule'));
  },
  write: (handle, rules) => {
    if (rules.length === 0) return removeSetting(handle, 'lifecycle', 'the lifecycle');
    const text = buildXml('LifecycleConfiguration', { Rule: rules.map(elementsOf) });
    return writeSetting(handle, 'lifecycle', 'the lifecycle', text);
  },
  show: (rules) => rules.map(ruleLine),
  loses: (found, wanted) => (found === null ? [] : wanted.flatMap((rule) => lossesOf(rule, found))),
  lacks: (server, wanted) =>
    server.brand === 'MinIO' && wanted.some(({ abort }) => abort !== null)
      ? {
          why: 'keeps no rule for uploads that were not completed: it removes them by a setting of its own, after a day',
          next: 'Leave abortUploadsAfter out of the step; the setting of MinIO is `api stale_uploads_expiry`.',
        }
      : null,
};

function ruleOf({ prefix, expireAfter, expireNoncurrentAfter, abortUploadsAfter }: LifecycleRuleSpec): Rule {
  return {
    prefix,
    expire: daysOf(expireAfter),
    noncurrent: daysOf(expireNoncurrentAfter),
    abort: daysOf(abortUploadsAfter),
    other: null,
  };
}

function daysOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text.slice(0, -1));
}

function ruleLine({ prefix, expire, noncurrent, abort, other }: Rule): string {
  const parts = [
    ...(expire === null ? [] : [`expire after ${String(expire)}d`]),
    ...(noncurrent === null ? [] : [`noncurrent expire after ${String(noncurrent)}d`]),
    ...(abort === null ? [] : [`abort uploads after ${String(abort)}d`]),
    ...(other === null ? [] : [other]),
  ];
  return `${whose(prefix)} ${parts.join(', ')}`;
}

/** What a rule deletes that the rules there are would have kept: only rules that cover all of its keys count. */
function lossesOf(rule: Rule, found: readonly Rule[]): readonly string[] {
  const covering = found.filter(({ prefix, other }) => other === null && rule.prefix.startsWith(prefix));
  const sooner = (of: (rule: Rule) => number | null): number | null => {
    const wanted = of(rule);
    return wanted !== null && wanted < Math.min(...covering.map((other) => of(other) ?? Infinity)) ? wanted : null;
  };
  const expire = sooner((each) => each.expire);
  const noncurrent = sooner((each) => each.noncurrent);
  const what = rule.prefix === '' ? '' : ` below ${rule.prefix}`;
  return [
    ...(expire === null ? [] : [`objects${what} of ${String(expire)} days and older are deleted`]),
    ...(noncurrent === null ? [] : [`versions${what} replaced ${String(noncurrent)} days ago or earlier are deleted`]),
  ];
}

function whose(prefix: string): string {
  return prefix === '' ? 'all:' : `${prefix}:`;
}
