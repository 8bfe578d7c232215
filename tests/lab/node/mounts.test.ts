import { describe, expect, test } from '@jest/globals';
import { mounts } from '../../../src/lab/node/mounts.ts';

describe('the mounts of this machine', () => {
  test('are read with their type, whatever optional fields a line has', () => {
    const mountinfo = [
      '30 24 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
      '31 24 0:27 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate',
      '',
    ].join('\n');
    expect(mounts(mountinfo)).toEqual([
      { path: '/sys/fs/cgroup/cpu,cpuacct', type: 'cgroup', options: ['rw', 'cpu', 'cpuacct'] },
      { path: '/sys/fs/cgroup/unified', type: 'cgroup2', options: ['rw', 'nsdelegate'] },
    ]);
  });

  test('may have blanks in their names', () => {
    const line = String.raw`40 24 0:30 / /var/lib/my\040lab/volume rw - tmpfs tmpfs rw`;
    expect(mounts(line).map(({ path }) => path)).toEqual(['/var/lib/my lab/volume']);
  });
});
