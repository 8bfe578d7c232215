import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadedRollout } from '../../src/bundle/load.ts';
import { FLAGSHIP, loadFlagship } from './flagship.ts';

describe('the flagship rollout', () => {
  let lab: LoadedRollout;
  beforeAll(async () => {
    lab = await loadFlagship('lab');
  });

  test('is sound in each of its environments', async () => {
    const files = await readdir(join(FLAGSHIP, 'environments'));
    expect(files).toContain('lab.yaml');
    for (const file of files) {
      const environment = file.slice(0, -'.yaml'.length);
      expect((await loadFlagship(environment)).bundle.environment).toBe(environment);
    }
  });

  test('stands in for the schema with as many tables as it says, drops nothing and says what it is', () => {
    const sql = lab.files.get('migrations/dolphinscheduler/V3.2.0__scheduler_schema.sql') ?? '';
    const tables = [...sql.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name ?? '');
    expect(new Set(tables).size).toBe(tables.length);
    expect(tables.filter((name) => name.startsWith('t_ds_'))).toHaveLength(54);
    expect(tables.filter((name) => name.startsWith('qrtz_'))).toHaveLength(11);
    expect(sql).not.toMatch(/\bDROP TABLE\b/i);
    expect(sql).toMatch(/^-- windlass: stand-in /);
  });

  test('opens gates before login data and fields of others, Zookeeper’s volumes, the end of Kiali, the bucket, settings of databases, a load, what policies refuse and the export, for the platform group', () => {
    const gates = lab.bundle.phases.flatMap((phase) =>
      phase.steps.flatMap((step) => (step.approval ? [{ at: `${phase.name}/${step.name}`, ...step.approval }] : [])),
    );
    expect(gates).toMatchObject([
      { at: 'storage/minio-root', approvers: ['platform'], expiresAfter: '8h' },
      { at: 'coordination/zookeeper-fresh', approvers: ['platform'], expiresAfter: '8h' },
      { at: 'scheduler/scheduler-adopted', approvers: ['platform'], expiresAfter: '8h' },
      { at: 'quick-wins/mesh-console', approvers: ['platform'] },
      { at: 'backup/bucket', approvers: ['platform'], expiresAfter: '4h' },
      { at: 'optimisation/database-settings', approvers: ['platform'], expiresAfter: '8h' },
      { at: 'optimisation/store-under-load', approvers: ['platform'], expiresAfter: '8h' },
      { at: 'policies/enforced', approvers: ['platform'] },
      { at: 'production/export', approvers: ['platform'], readiness: 'base' },
    ]);
    expect(lab.bundle.decisions.groups['platform']).toContain('demo');
  });

  test('ask about policies once all is there, and as many of it as there are to be', () => {
    const needs = new Map(lab.bundle.phases.map((phase) => [phase.name, phase.needs]));
    expect(needs.get('policies')).toEqual(['optimisation']);
  });

  test('in production asks for signatures by keys that approvers have, and lets nobody approve what they started', async () => {
    const { decisions } = (await loadFlagship('production')).bundle;
    expect(decisions).toMatchObject({ signatures: 'required', selfApproval: false });
    for (const member of decisions.groups['platform'] ?? []) expect(Object.keys(decisions.keys)).toContain(member);
  });
});
