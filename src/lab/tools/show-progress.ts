import { progressLine } from './progress.ts';
import type { OnToolProgress } from './progress.ts';

/** Where nobody watches, a line now and then is enough. Milliseconds. */
const QUIET_EVERY_MS = 15_000;

/** Shows on stderr how the getting of tools goes: one line that changes on a terminal, else a line now and then. */
export function toolProgress(stream: NodeJS.WriteStream = process.stderr): { tell: OnToolProgress; end: () => void } {
  let shown = 0;
  let last = '';
  let open = false;
  return {
    tell: (progress) => {
      const line = progressLine(progress);
      if (stream.isTTY) {
        stream.write(`\r\u001b[K${line.slice(0, stream.columns - 1)}`);
        open = true;
        return;
      }
      const news = `${progress.what} ${progress.doing} ${progress.done}`;
      if (news === last && progress.elapsedMs - shown < QUIET_EVERY_MS) return;
      shown = progress.elapsedMs;
      last = news;
      stream.write(`${line}\n`);
    },
    end: () => {
      if (open) stream.write('\n');
      open = false;
    },
  };
}
