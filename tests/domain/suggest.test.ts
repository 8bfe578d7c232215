import { describe, expect, test } from '@jest/globals';
import { didYouMean, nearest } from '../../src/domain/suggest.ts';

describe('the word that was probably meant', () => {
  test.each([
    ['imagepullpolicy', 'imagePullPolicy'],
    ['replica', 'replicas'],
    ['conatiners', 'containers'],
    ['xyz', null],
  ])('for %s is %s', (unknown, meant) => {
    expect(nearest(unknown, ['replicas', 'imagePullPolicy', 'containers', 'image'])).toBe(meant);
  });

  test('may differ by one letter in a word of four, by two in one of six', () => {
    expect(nearest('prot', ['port'])).toBeNull();
    expect(nearest('pord', ['port'])).toBe('port');
    expect(nearest('volmue', ['volume'])).toBe('volume');
    expect(nearest('vlomue', ['volume'])).toBeNull();
  });

  test('is named in a message as it is written, and nothing is said where none is near', () => {
    expect(didYouMean('storageclass', ['storageClass'])).toBe(' (did you mean "storageClass"?)');
    expect(didYouMean('xyz', ['storageClass'])).toBe('');
  });
});
