import { buildXml, childOf, parseXml, textOf } from '../xml.ts';
import { readSetting, writeSetting } from './query.ts';
import type { BucketSetting } from './setting.ts';

/** How long new objects are locked unless they say otherwise; null: not at all. */
export type Retention = { readonly mode: string; /** `30d`, `1y`. */ readonly period: string } | null;

export const defaultRetention: BucketSetting<Retention> = {
  name: 'default-retention',
  query: 'object-lock',
  wanted: ({ defaultRetention: wanted }) => (wanted === 'none' ? null : wanted),
  read: async (handle) => {
    const answer = await readSetting(handle, 'object-lock', 'the retention', 'ObjectLockConfigurationNotFoundError');
    const rule = childOf(parseXml(answer ?? '', 'ObjectLockConfiguration'), 'Rule');
    const found = childOf(rule, 'DefaultRetention');
    const [days, years] = [textOf(found, 'Days'), textOf(found, 'Years')];
    if (days === '' && years === '') return null;
    return { mode: textOf(found, 'Mode').toLowerCase(), period: years === '' ? `${days}d` : `${years}y` };
  },
  write: (handle, value) => {
    const rule = value === null ? {} : { Rule: { DefaultRetention: elements(value) } };
    const text = buildXml('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled', ...rule });
    return writeSetting(handle, 'object-lock', 'the retention', text);
  },
  show: (value) => (value === null ? [] : [`${value.mode} for ${value.period}`]),
  loses: (found, wanted) => {
    if (found === null || strength(wanted) >= strength(found)) return [];
    return ['what is written from then on can be deleted sooner, or by more people'];
  },
};

function elements({ mode, period }: NonNullable<Retention>) {
  const count = period.slice(0, -1);
  return { Mode: mode.toUpperCase(), ...(period.endsWith('y') ? { Years: count } : { Days: count }) };
}

/** Compliance for a day is weaker than for two, and governance, which some may lift, weaker than compliance. */
function strength(value: Retention): number {
  if (value === null) return 0;
  return daysOf(value.period) + (value.mode === 'compliance' ? 1e9 : 0);
}

function daysOf(period: string): number {
  return Number(period.slice(0, -1)) * (period.endsWith('y') ? 365 : 1);
}
