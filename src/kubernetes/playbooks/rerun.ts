import { judge } from '../status/judge.ts';
import { isDue, NOTHING, victimOf, type Playbook } from './playbook.ts';

/** A Job that runs again: a Job cannot be changed, nor run twice. It goes with its pods, and is made again. */
export const rerun: Playbook = {
  kinds: [{ apiVersion: 'batch/v1', kind: 'Job' }],

  derive({ spec, planned, live, intent }) {
    const due = spec.playbook === 'rerun' && isDue(spec.token, intent);
    if (live === null || (planned.action !== 'replace' && !due)) return Promise.resolve(NOTHING);
    const running = judge(live).state === 'progressing';
    const lines = [
      'its pods and their logs go with it',
      ...(running ? ['it is still running: its work is cut off'] : []),
    ];
    return Promise.resolve({ ...NOTHING, object: victimOf(live, 'Foreground', running, lines) });
  },

  undo: 'It cannot be undone: what the Job has done stays done.',
};
