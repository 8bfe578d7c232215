import { afterEach, expect, test } from '@jest/globals';
import type { Bundle } from '../../src/domain/bundle.ts';
import { probe } from '../../src/domain/kinds/probe.ts';
import { askChecks } from '../../src/steps/ask-checks.ts';
import { within } from '../../src/steps/reach.ts';
import { answering, closeAll } from '../http/support.ts';
import { filesOf } from '../postgres/support/files.ts';
import { policyOf } from '../support/policies.ts';

afterEach(closeAll);

test('checks are asked side by side: what is answered holds, another answer fails, and what cannot be asked is unknown', async () => {
  const host = await answering('{"a": 3}');
  const asking = (name: string, target: string, spec: object) => ({
    ...{ name, points: 1, level: 'base', must: false, maxAge: '1h' },
    evidence: { from: 'probe', target, with: probe.parse({ protocol: 'http', within: '20s', ...spec }) },
  });
  const bundle = {
    ...{ rollout: 'shop', environment: 'lab' },
    targets: { web: { kind: 'http', url: { fromEnv: 'WEB' } }, other: { kind: 'http', url: { fromEnv: 'OTHER' } } },
    readiness: {
      cap: 50,
      areas: [
        {
          ...{ name: 'core', weight: 1 },
          checks: [
            asking('three', 'web', { json: { at: '/a', equals: 3 } }),
            asking('four', 'web', { within: '3s', json: { at: '/a', equals: 4 } }),
            asking('refused', 'other', {}),
            { ...asking('step', 'web', {}), evidence: { from: 'step', step: 'a/b' } },
          ],
        },
      ],
    },
  } as unknown as Bundle;
  const policy = policyOf({ endpoints: [host], references: { variables: ['WEB', 'OTHER'] } });
  const reach = within(policy, 'lab', { WEB: `http://${host}`, OTHER: 'http://elsewhere.example:80' });
  const owner = { rollout: 'shop', environment: 'lab', bundle: 'b', run: 'run-1', phase: 'readiness', step: 'now' };
  const looks = await askChecks(bundle, filesOf({}), reach, { signal: new AbortController().signal, owner });
  const seen = { asked: { target: 'web', with: { path: '/' } }, how: 'real', time: expect.any(String) };
  expect(looks).toMatchObject([
    {
      check: 'core/three',
      outcome: 'holds',
      why: 'answers 200 with JSON in which /a is 3',
      source: `GET http://${host}/`,
      ...seen,
    },
    { check: 'core/four', outcome: 'fails', why: expect.stringContaining('gave 3; expected'), ...seen },
    {
      check: 'core/refused',
      outcome: 'unknown',
      why: "The worker's policy does not list this server for environment lab",
    },
  ]);
});
