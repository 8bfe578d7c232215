import { randomUUID } from 'node:crypto';
import type { DrillOf } from '../../domain/drill-part.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, ObjectRef } from '../../domain/kubernetes-api.ts';
import { fieldAt, textAt } from '../values.ts';
import { drillLabels, drillName } from './names.ts';

/** How long it may take to see whose turn it is, where nobody waits for the attempt any more. */
const LOOK_MS = 10_000;

/**
 * Of several attempts of one drill, the newest acts. A worker that was starved, or stopped for a while, goes on with an attempt that
 * another has taken the place of: it would clean up under that one, and a good backup would be refuted.
 */
export interface Turn {
  /**
   * Takes the turn, before anything is planted or taken away: whoever had it stops.
   *
   * @throws WindlassFailure `Interrupted` when a newer attempt has it; else as `KubernetesApi` does.
   */
  take(): Promise<void>;
  /**
   * To be awaited before whatever another attempt could not bear.
   *
   * @throws WindlassFailure `Interrupted` when another attempt has taken the turn, or has ended the drill; else as `KubernetesApi.get`.
   */
  assert(): Promise<void>;
  /** Whether another attempt is known to have it, or to have ended the drill; also once the drill was cancelled. */
  isLost(): Promise<boolean>;
  /** Nobody has the turn any more, unless a newer attempt does. @throws WindlassFailure as `KubernetesApi` does. */
  end(signal: AbortSignal): Promise<void>;
}

/** Who has the turn. */
interface Holder {
  readonly attempt: string | null;
  /** When that attempt was asked for, in milliseconds since the epoch. */
  readonly since: number;
  readonly resourceVersion: string | undefined;
}

/** The turn of one attempt. It is a ConfigMap beside Velero, which goes with what else the run has made. */
export function turnOf(api: KubernetesApi, { spec, keys, context }: DrillOf): Turn {
  const { namespace } = spec;
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${drillName(keys.run)}-attempt` };
  const attempt = randomUUID();
  const since = context.attempted ?? Date.now();
  let taken = false;

  async function holder(signal: AbortSignal): Promise<Holder | null> {
    const found = await api.get(ref, { signal });
    if (found === null) return null;
    const data = fieldAt(found, 'data');
    const { resourceVersion } = found.metadata;
    return { attempt: textAt(data, 'attempt'), since: Number(textAt(data, 'since')), resourceVersion };
  }

  function overtaken(): WindlassFailure {
    return new WindlassFailure('Interrupted', 'Another attempt of this drill has taken the place of this one.', {
      object: `Drill ${namespace}/${spec.name}`,
      next: 'Nothing to do: the newer attempt goes on with the drill.',
    });
  }

  return {
    take: async () => {
      const { signal } = context;
      const found = await holder(signal);
      if (found !== null && found.since > since) throw overtaken();
      const metadata = { name: ref.name, namespace, labels: drillLabels(keys) };
      const { apiVersion, kind } = ref;
      await api.apply({ apiVersion, kind, metadata, data: { attempt, since: String(since) } }, { signal });
      taken = true;
    },
    assert: async () => {
      if ((await holder(context.signal))?.attempt !== attempt) throw overtaken();
    },
    isLost: async () => {
      const found = await holder(AbortSignal.timeout(LOOK_MS)).catch(() => 'unknown' as const);
      // What cannot be seen cannot be cleaned up either.
      if (found === 'unknown') return false;
      return taken ? found?.attempt !== attempt : found !== null && found.since > since;
    },
    end: async (signal) => {
      const found = await holder(signal);
      if (found === null || (found.attempt !== attempt && found.since > since)) return;
      const { resourceVersion } = found;
      await api.delete(ref, { signal, ...(resourceVersion === undefined ? {} : { resourceVersion }) });
    },
  };
}
