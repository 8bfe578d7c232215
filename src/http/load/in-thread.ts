import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Load, LoadResult } from '../../domain/load/load.ts';
import { installed } from '../../installation.ts';
import type { Wire } from './connection.ts';
import type { LoadProgress } from './generator.ts';

/** Node.js runs the source as it is; the program that is made of it has the thread in a file of its own. */
const THREAD = import.meta.filename.endsWith('.ts')
  ? join(import.meta.dirname, 'thread.ts')
  : installed('dist/http/load/thread.js');

/**
 * Carries a load in a thread of its own.
 *
 * @throws `signal.reason` once it aborts; what the thread throws.
 */
export async function loadInThread(
  load: Load,
  wire: Wire,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (progress: LoadProgress) => void },
): Promise<LoadResult> {
  signal.throwIfAborted();
  // What the worker was started with is for the worker: the thread needs none of its loaders.
  const thread = new Worker(THREAD, { workerData: { load, wire }, env: {}, execArgv: [] });
  const stop = () => {
    thread.postMessage('stop');
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const result = await new Promise<LoadResult>((resolve, reject) => {
      thread.on('message', (message: { progress: LoadProgress } | { result: LoadResult }) => {
        if ('result' in message) resolve(message.result);
        else tell(message.progress);
      });
      thread.once('error', reject);
      thread.once('exit', () => {
        reject(new Error('the thread of a load ended without a result'));
      });
    });
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
}
