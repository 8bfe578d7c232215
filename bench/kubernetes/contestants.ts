import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order, Outcome } from './children/windlass.ts';

const child = (name: string) => fileURLToPath(new URL(`children/${name}.ts`, import.meta.url));
const childOf = (checkout: string) => join(checkout, 'bench/kubernetes/children/windlass.ts');

/** Our engine in a process of its own. */
export class WindlassProcess {
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#ended = once(process, 'exit').then(([code]) => {
      throw new Error(`the engine's process ended with ${String(code)}`);
    });
    // Heard where an answer is waited for.
    this.#ended.catch(() => undefined);
  }

  /**
   * Starts it and lets it plan and apply other objects first, which are there already, as a worker that has been up for a
   * while has: schemas are read, its code is compiled.
   *
   * @param checkout another build than this one.
   */
  static async start(kubeconfig: string, others: string, checkout?: string): Promise<WindlassProcess> {
    const program = checkout === undefined ? child('windlass') : childOf(checkout);
    const started = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const engine = new WindlassProcess(started);
    await engine.tell({ verb: 'plan', kubeconfig, manifests: others });
    for (let time = 0; time < 3; time += 1) await engine.tell({ verb: 'wait', kubeconfig, manifests: others });
    return engine;
  }

  async tell(order: Order): Promise<Outcome> {
    const answered = once(this.#process, 'message');
    this.#process.send(order);
    const [message] = (await Promise.race([answered, this.#ended])) as [{ outcome: Outcome } | { error: string }];
    if ('error' in message) throw new Error(message.error);
    return message.outcome;
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.disconnect();
    await gone;
  }
}

/** The bare requests. */
export async function limit(kubeconfig: string, manifests: string): Promise<number> {
  return secondsOf(await output(process.execPath, [child('limit'), kubeconfig, manifests]));
}

/** Flux's engine, by the driver in `rivals/flux-ssa`. */
export async function flux(program: string, kubeconfig: string, manifests: string): Promise<number> {
  return secondsOf(await output(program, [kubeconfig, manifests]));
}

/** kubectl from its start to its end. Discovery is cached between runs, as it is for whoever uses it. */
export async function kubectl(program: string, args: readonly string[]): Promise<number> {
  const began = performance.now();
  await output(program, args);
  return (performance.now() - began) / 1_000;
}

/** Runs a program to its end. @throws Error with what it said when it fails. */
export async function output(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const running = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    running[stream].setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
    });
  const [code] = (await once(running, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}:\n${texts.stderr.slice(-2_000)}`);
  return texts.stdout;
}

function secondsOf(text: string): number {
  const { seconds } = JSON.parse(text) as { seconds: number };
  return seconds;
}
