import { describe, expect, test } from '@jest/globals';
import { isAdvice, wordsOf } from '../../src/domain/evidence.ts';
import type { Step } from '../../src/domain/step.ts';
import { monitoringVerifyKind } from '../../src/domain/kinds/monitoring-verify.ts';
import { openStep } from '../../src/steps/open-step.ts';
import { anywhere } from '../../src/steps/reach.ts';
import { contextWith } from '../http/support.ts';

const open = (more: object) => {
  const spec = monitoringVerifyKind.schema.parse({ sources: ['boards'], ...more });
  const step = { name: 'watched', kind: 'monitoring.verify', target: 'metrics', with: spec } as unknown as Step;
  const targets = { metrics: { kind: 'http', url: { fromEnv: 'METRICS' } } } as const;
  return openStep({ targets } as never, step, anywhere({}));
};

describe('a server of metrics that has no address here', () => {
  test('fails its step, which says which variable is not set', async () => {
    await expect(open({})).rejects.toMatchObject({
      type: 'ReferenceUnresolved',
      options: { object: 'environment variable METRICS' },
    });
  });

  test('is told as unobserved where it is optional: nothing parks, and nothing passes for proven', async () => {
    const step = await open({ optional: true });
    expect(await step.plan(contextWith())).toEqual([]);
    const [finding, ...more] = await step.verify(contextWith());
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ kind: 'monitoring-unobserved', holds: false });
    expect(isAdvice(finding!)).toBe(true);
    expect(wordsOf(finding!)).toEqual({
      subject: 'boards, rules and targets of metrics',
      claim:
        'are answered by a live server: nobody was asked. A reference has no value here: it is not set. (environment variable METRICS)',
    });
  });
});
