import type { BundleFiles, EngineContext, Fence } from '../../../src/domain/step-engine.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Reference } from '../../../src/domain/reference.ts';
import { filesOf } from './files.ts';

export interface ContextOptions {
  readonly files?: Readonly<Record<string, string>> | BundleFiles;
  readonly signal?: AbortSignal;
  readonly fence?: Fence;
  /** Values of references `{ fromEnv: NAME }` by their names. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly step?: string;
  readonly rehearses?: true;
  readonly progress?: (state: Json) => void;
}

/** A context as an activity would make it. */
export function contextOf(options: ContextOptions = {}): EngineContext {
  const { files = {}, fence } = options;
  return {
    files: typeof files.list === 'function' ? (files as BundleFiles) : filesOf(files as Record<string, string>),
    signal: options.signal ?? new AbortController().signal,
    progress: options.progress ?? (() => undefined),
    resolve: (reference) => Promise.resolve(valueOf(reference, options.secrets ?? {})),
    owner: {
      rollout: 'shop',
      environment: 'test',
      bundle: 'b'.repeat(64),
      run: 'run-1',
      phase: 'data',
      step: options.step ?? 'step',
    },
    ...(fence === undefined ? {} : { fence }),
    ...(options.rehearses === undefined ? {} : { rehearses: options.rehearses }),
  };
}

function valueOf(reference: Reference, secrets: Readonly<Record<string, string>>): string {
  const value = 'fromEnv' in reference ? secrets[reference.fromEnv] : undefined;
  if (value === undefined) throw new Error('no such secret');
  return value;
}
