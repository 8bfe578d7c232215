import { describe, expect, test } from '@jest/globals';
import { labPaths } from '../../src/lab/directory.ts';
import { ALL_SERVERS, serversWith } from '../../src/lab/servers/index.ts';
import { ADDED_TOOLS, type ToolName } from '../../src/lab/tools/catalogue.ts';
import { veleroPodObjects } from '../../src/lab/velero/pods.ts';

describe('the servers of a lab', () => {
  test('are those of every lab, until a real node takes the place of some', () => {
    const names = (servers: ReturnType<typeof serversWith>) => servers.map(({ name }) => name);
    expect(names(serversWith([]))).toContain('velero');
    expect(names(serversWith(['node', 'node']))).not.toContain('velero');
    expect(names(serversWith([]))).toContain('minio');
    expect(names(serversWith(['seaweedfs']))).not.toContain('minio');
    expect(names(serversWith(['node']))).toEqual(expect.arrayContaining(['kubelet', 'velero-pods', 'kube-apiserver']));
  });

  test('are more only where that is asked for, by tools that are got then', () => {
    for (const addition of ['monitoring', 'logging', 'policies', 'certificates'] as const) {
      const tools: readonly ToolName[] = ADDED_TOOLS[addition];
      const [without, added] = [serversWith([]), serversWith([addition])];
      const needed = added.filter((server) => !without.includes(server)).flatMap((server) => server.tools);
      expect(tools.filter((name) => name !== 'vmalert-tool').toSorted()).toEqual([...new Set(needed)].toSorted());
    }
  });

  test('come after all that they need', () => {
    const order = ALL_SERVERS.map(({ name }) => name);
    for (const { name, needs } of ALL_SERVERS)
      for (const needed of needs) expect(order.indexOf(needed)).toBeLessThan(order.indexOf(name));
  });

  test('in pods are other pods after every start of their node', () => {
    const paths = labPaths('/lab');
    expect(veleroPodObjects(paths, '/home', 'one')).toEqual(veleroPodObjects(paths, '/home', 'one'));
    expect(veleroPodObjects(paths, '/home', 'one')).not.toEqual(veleroPodObjects(paths, '/home', 'two'));
  });
});
