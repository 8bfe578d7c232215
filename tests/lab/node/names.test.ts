import { describe, expect, test } from '@jest/globals';
import { labPaths } from '../../../src/lab/directory.ts';
import { nodeNames } from '../../../src/lab/node/names.ts';

describe('the names that a real node has on its machine', () => {
  const names = nodeNames(labPaths('/var/lib/windlass/lab'));

  test('are the same whenever they are asked for, so that whoever cleans up finds them', () => {
    expect(nodeNames(labPaths('/var/lib/windlass/lab'))).toEqual(names);
  });

  test('are not shared by two labs', () => {
    const others = nodeNames(labPaths('/var/lib/windlass/other'));
    for (const [name, value] of Object.entries(others)) expect(value).not.toBe(names[name as keyof typeof names]);
  });

  test('fit the kernel and lie in a network that is routed nowhere', () => {
    expect(names.bridge.length).toBeLessThanOrEqual(15);
    expect(names.gateway).toMatch(/^198\.1[89]\.\d{1,3}\.1$/);
    expect(names.subnet).toBe(`${names.gateway.slice(0, -1)}0/24`);
  });
});
