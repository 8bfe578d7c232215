import TestSequencer from '@jest/test-sequencer';

/**
 * Starts the files of faults first. They take minutes, most of them waiting; the sequence by size, which Jest takes on a
 * machine where nothing ran before, has them last, when there is nothing left to run beside them.
 */
export default class FaultsFirst extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isFault = ({ path }) => path.includes('/tests/faults/');
    return [...sorted.filter(isFault), ...sorted.filter((test) => !isFault(test))];
  }
}
