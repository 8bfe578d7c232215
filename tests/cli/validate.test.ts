import { expect, test } from '@jest/globals';
import { confinementLines } from '../../src/cli/validate.ts';
import { confinement, networkIsolation } from '../../src/render/confine.ts';

test('validate --verbose says how what renders is confined on this machine, and what is missing there', async () => {
  expect(confinementLines({ ownNetwork: true, memory: 4 * 2 ** 30 }).join('\n')).toMatch(
    /without a network: in a namespace of its own.*\n.*in at most 4 GiB of address space.*\n.*in at most 2 min each, writing at most 128 MiB/,
  );
  const bare = confinementLines({ ownNetwork: false, memory: null }).join('\n');
  expect(bare).toContain('WITHOUT A NETWORK NAMESPACE');
  expect(bare).toContain('WITHOUT A BOUND OF MEMORY');
  expect(await confinement()).toEqual({ ownNetwork: (await networkIsolation()) !== null, memory: 4 * 2 ** 30 });
});
