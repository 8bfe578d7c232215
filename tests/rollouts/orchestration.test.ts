import { describe, expect, test } from '@jest/globals';
import { loadedFiles } from '../../src/bundle/files.ts';
import { findStep } from '../../src/domain/bundle.ts';
import { destructiveDigest } from '../../src/dolphinscheduler/changes.ts';
import { dolphinschedulerProjectEngine } from '../../src/dolphinscheduler/project-engine.ts';
import { ownStandIn, PASSWORD } from '../lab/dolphinscheduler/api.ts';
import { loadFlagship } from './flagship.ts';

describe('the workflows of the flagship', () => {
  test('are taken by the scheduler, one of them runs to success, and a second time nothing is to be done', async () => {
    await using server = await ownStandIn();
    const lab = await loadFlagship('lab');
    const step = findStep(lab.bundle, 'orchestration', 'workflows');
    if (step?.kind !== 'dolphinscheduler.project') throw new Error('there is no such step');
    const engine = dolphinschedulerProjectEngine({ url: server.url });
    const context = {
      files: loadedFiles(lab),
      signal: AbortSignal.timeout(240_000),
      progress: () => undefined,
      resolve: () => Promise.resolve(PASSWORD),
      owner: { rollout: '254carbon', environment: 'lab', bundle: '', run: '', phase: '', step: '' },
    };
    const plan = await engine.plan(step.with, context);
    const { findings } = await engine.apply(step.with, { ...context, shown: destructiveDigest(plan) });
    expect(findings.filter(({ holds }) => !holds)).toEqual([]);
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'workflow-ran', about: expect.objectContaining({ workflow: 'platform-check' }) }),
    );
    const again = await engine.plan(step.with, context);
    expect(again.filter(({ action }) => action !== 'unchanged')).toEqual([]);
  });
});
