import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout } from '../../src/bundle/load.ts';
import type { Change } from '../../src/domain/change.ts';
import { countDrift, type StepDrift } from '../../src/domain/drift.ts';
import type { Finding } from '../../src/domain/evidence.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { EngineContext, StepEngine } from '../../src/domain/step-engine.ts';
import { bind } from '../../src/steps/bound-step.ts';
import { lookForDrift } from '../../src/steps/drift.ts';
import { rolloutOf } from '../bundle/scratch.ts';
import { TOY_KINDS, TOY_OPENERS } from './toy-kind.ts';

const same: Change = { action: 'unchanged', what: 'label a', destructive: false };
const other: Change = { action: 'update', what: 'label b', destructive: false };
const finding = (holds: boolean): Finding => ({
  kind: 'bucket-exists',
  about: { bucket: 'backups' },
  holds,
  how: 'real',
  source: 'the bucket',
  time: '2026-01-01T00:00:00Z',
  observed: { exists: holds },
});
const failing = (type: 'ExpectationFailed' | 'TargetUnreachable') => () =>
  Promise.reject(new WindlassFailure(type, 'It is not so.', { object: 'label a', next: 'Look.' }));

/** What a step of the toy kind comes to, with an engine that answers so. */
async function driftWith(
  engine: Partial<Pick<StepEngine<unknown>, 'plan' | 'verify'>>,
): Promise<{ readonly drift: readonly StepDrift[]; readonly seen: readonly EngineContext[] }> {
  const base = await readFile(new URL('../fixtures/rollouts/bad-input/base/rollout.yaml', import.meta.url), 'utf8');
  const toy = '{ name: toy, kind: toy.label, target: cluster, with: { manifests: [notes], label: blue } }';
  const gate = '{ name: gate, kind: approval, approval: { reason: Somebody must look. } }';
  await using rollout = await rolloutOf(null, {
    'rollout.yaml': `${base}    - name: labels\n      steps:\n        - ${toy}\n        - ${gate}\n`,
    'notes/note.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: note }\n',
  });
  const loaded = await loadRollout(rollout.path, 'lab', { parameters: {}, kinds: TOY_KINDS });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const seen: EngineContext[] = [];
  const whole: StepEngine<unknown> = {
    plan: (spec, context) => {
      seen.push(context);
      return engine.plan?.(spec, context) ?? Promise.resolve([same]);
    },
    apply: () => Promise.reject(new Error('nothing may be touched')),
    verify: engine.verify ?? (() => Promise.resolve([finding(true)])),
    undo: () => '',
  };
  const openers = { ...TOY_OPENERS, 'toy.label': () => Promise.resolve(bind(whole, {})) };
  const bundle = { ...loaded.bundle, phases: loaded.bundle.phases.slice(-1) };
  const options = { env: {}, signal: AbortSignal.timeout(60_000) };
  const drift = await Array.fromAsync(
    lookForDrift(bundle, loadedFiles(loaded), options, { kinds: TOY_KINDS, openers }),
  );
  return { drift, seen };
}

describe('a look for drift', () => {
  test('asks who set what, leaves out gates, and counts what is as declared', async () => {
    const { drift, seen } = await driftWith({ plan: () => Promise.resolve([same, other]) });
    expect(drift).toMatchObject([{ step: 'toy', drifted: [other], unchanged: 1, broken: [], failure: null }]);
    expect(seen).toMatchObject([{ authors: true }]);
    expect(countDrift(drift)).toEqual({ steps: 1, drifted: 1, broken: 0, unchanged: 1, failed: 0 });
  });

  test('verifies what would not change, and nothing else', async () => {
    const broken = await driftWith({ verify: () => Promise.resolve([finding(false), finding(true)]) });
    expect(broken.drift).toMatchObject([{ drifted: [], unchanged: 1, broken: [{ source: 'the bucket' }] }]);
    const verify = () => Promise.reject(new Error('it would change, so nobody verifies it'));
    expect((await driftWith({ plan: () => Promise.resolve([other]), verify })).drift).toMatchObject([{ broken: [] }]);
  });

  test('a verification that fails by what it saw is a broken claim; what could not be looked at is told', async () => {
    const seen = await driftWith({ verify: failing('ExpectationFailed') });
    expect(seen.drift).toMatchObject([{ failure: null, broken: [{ subject: 'label a', claim: 'It is not so.' }] }]);
    const unseen = await driftWith({ plan: failing('TargetUnreachable') });
    expect(unseen.drift).toMatchObject([{ broken: [], failure: { type: 'TargetUnreachable' } }]);
    expect(countDrift(unseen.drift).failed).toBe(1);
  });
});
