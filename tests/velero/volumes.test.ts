import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { compareVolume } from '../../src/velero/drill/volumes/compare.ts';
import {
  readManifest,
  rereadManifest,
  standingEntries,
  writeManifest,
  type Manifest,
} from '../../src/velero/drill/volumes/manifest.ts';

const SUM = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

/** What an inspector prints for these lines. */
function printed(...lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  return `${text}end ${String(lines.length)} 0 ${createHash('sha256').update(text).digest('hex')}\n`;
}

function manifest(...lines: readonly string[]): Manifest {
  const read = readManifest(printed(...lines));
  if (read === null) throw new Error('not whole');
  return read;
}

const root = 'd 0755 0 0 0 - .';

describe('the list of what a volume holds', () => {
  test('tells type, mode, owner, group, bytes and hash of every entry, whatever its name', () => {
    const read = manifest(root, `f 4755 1000 999 12 ${SUM} a b/%C3%BC end 1`, `l 0777 0 0 3 ${OTHER} link`);
    expect(read.get('a b/%C3%BC end 1')).toEqual({
      ...{ type: 'f', mode: '4755', owner: '1000', group: '999', bytes: 12, hash: SUM },
    });
    expect([...read.keys()]).toEqual(['.', 'a b/%C3%BC end 1', 'link']);
  });

  test('is not taken for whole when lines are missing, changed or strange', () => {
    const whole = printed(root, `f 0644 0 0 1 ${SUM} one`);
    expect(readManifest(whole)).not.toBeNull();
    expect(readManifest(whole.slice(whole.indexOf('\n') + 1))).toBeNull();
    expect(readManifest(whole.replace('0644', '0600'))).toBeNull();
    expect(readManifest(whole.replace(/end.*/, ''))).toBeNull();
    expect(readManifest('usage: other program\n')).toBeNull();
    expect(readManifest(printed('what is this'))).toBeNull();
  });

  test('leaves out what Velero notes in the volume, and sockets and pipes, which are not backed up', () => {
    const read = manifest(root, 'd 0755 0 0 0 - .velero', `f 0644 0 0 0 ${SUM} .velero/0f`, 'o 0777 0 0 0 - socket');
    expect([...read.keys()]).toEqual(['.']);
  });

  test('survives being written down', () => {
    const read = manifest(root, `f 0644 1 2 3 ${SUM} a b`);
    expect(rereadManifest(writeManifest(read))).toEqual(read);
    expect(rereadManifest(writeManifest(new Map()))).toEqual(new Map());
  });
});

describe('a restored volume', () => {
  const before = manifest(root, `f 0644 0 0 1 ${SUM} kept`, `f 0644 0 0 1 ${SUM} written`, `f 0644 0 0 1 ${SUM} gone`);
  const after = manifest(root, `f 0644 0 0 1 ${SUM} kept`, `f 0644 0 0 2 ${OTHER} written`, `f 0644 0 0 1 ${SUM} new`);
  const { still, moved } = standingEntries(before, after);
  const claim = 'data/db';

  test('may hold either state of what moved while the backup was made', () => {
    expect(moved).toEqual(['gone', 'new', 'written']);
    for (const restored of [before, after, still])
      expect(compareVolume({ claim, still, moved }, restored)).toMatchObject({ faults: [] });
  });

  test('is compared in content, size, mode, owner and type, and each difference is named', () => {
    const volume = 'the volume of PersistentVolumeClaim data/db';
    const faultsWith = (line: string) => compareVolume({ claim, still, moved }, manifest(root, line)).faults;
    expect(faultsWith(`f 0644 0 0 1 ${OTHER} kept`)).toEqual([`kept in ${volume} differs in content`]);
    expect(faultsWith(`f 0644 0 0 9 ${OTHER} kept`)).toEqual([`kept in ${volume} differs in content, 9 bytes (was 1)`]);
    expect(faultsWith(`f 0600 0 0 1 ${SUM} kept`)).toEqual([`kept in ${volume} differs in mode 0600 (was 0644)`]);
    expect(faultsWith(`f 0644 7 8 1 ${SUM} kept`)).toEqual([
      `kept in ${volume} differs in owner 7 (was 0), group 8 (was 0)`,
    ]);
    expect(faultsWith(`f 0644 0 0 1 ${SUM} other`)).toEqual([
      `kept is missing in ${volume}`,
      `other is in ${volume} and was not in the original`,
    ]);
  });

  test('names ten of each kind of fault and counts the others', () => {
    const many = manifest(root, ...Array.from({ length: 13 }, (_, number) => `f 0644 0 0 1 ${SUM} ${String(number)}`));
    const { faults } = compareVolume({ claim, still: many, moved: [] }, manifest(root));
    expect(faults).toHaveLength(11);
    expect(faults.at(-1)).toBe('and 3 more like the last');
  });

  test('proves nothing when no file of the original stood still', () => {
    const { faults } = compareVolume({ claim, still: manifest(root), moved: ['log'] }, manifest(root));
    expect(faults).toEqual([
      'no file in the volume of PersistentVolumeClaim data/db stood still while the backup was made',
    ]);
  });
});
