import { formatDuration } from '../../domain/duration.ts';
import type { Cli } from '../cli.ts';

/** Runs named stages and says how long each took. */
export interface Stages {
  <T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Milliseconds by stage. */
  times(): Readonly<Record<string, number>>;
}

export function stages(cli: Cli): Stages {
  const times: Record<string, number> = {};
  const stage = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const begin = performance.now();
    const result = await work();
    times[name] = Math.round(performance.now() - begin);
    cli.say(cli.paint('dim', `stage: ${name}: ${formatDuration(times[name])}`));
    return result;
  };
  return Object.assign(stage, { times: () => times });
}
