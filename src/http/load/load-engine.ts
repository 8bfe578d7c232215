import type { Change } from '../../domain/change.ts';
import { durationMs, formatDuration } from '../../domain/duration.ts';
import { ofKind, type Finding, type FindingOf } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import { canonicalJson } from '../../domain/json.ts';
import type { LoadSpec } from '../../domain/kinds/load.ts';
import { arrivalsOf } from '../../domain/load/arrivals.ts';
import { faultsOf, resultWords, stagesWords, thresholdsWords, type Load } from '../../domain/load/load.ts';
import type { LoadBound } from '../../domain/policy.ts';
import type { Reference, Resolved } from '../../domain/reference.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import { requestHead, shownAddress } from '../get.ts';
import { hostAndPort, serverUrl, type ServerConnection } from '../server-url.ts';
import type { Wire } from './connection.ts';
import { loadInThread } from './in-thread.ts';
import { loadOf } from './load-of.ts';

type Spec = Resolved<LoadSpec>;
type LoadHeld = FindingOf<'load-held'>;

/**
 * The engine of `load`. A result counts for as long as `maxAge` says, with this bundle: it is read from the record, since a
 * server that was asked keeps nothing of it. Fails with `LimitExceeded` for a load beyond its bound, `ReferenceUnresolved`,
 * `FenceLost`. That a threshold does not hold is evidence, and `verify` does not hold then.
 *
 * @param bound how much the worker's policy lets the server be put under; null where no policy is asked.
 */
export function loadEngine(connection: ServerConnection, bound: LoadBound | null): StepEngine<Spec> {
  const request = (spec: Spec) => `${spec.method} ${shownAddress(connection, spec.path)}`;

  async function plan(spec: Spec, context: EngineContext): Promise<readonly Change[]> {
    const load = loadOf(spec);
    assertWithin(load, bound, request(spec));
    const recent = await recentOf(spec, load, context);
    return [changeOf(spec, load, recent)];
  }

  async function apply(spec: Spec, context: EngineContext): Promise<Applied> {
    const load = loadOf(spec);
    assertWithin(load, bound, request(spec));
    const recent = await recentOf(spec, load, context);
    if (recent !== null) return { changes: [changeOf(spec, load, recent)], findings: [recent] };
    const wire = await wireOf(connection, spec, context);
    assertFence(context.fence, `load of ${request(spec)}`);
    const time = new Date().toISOString();
    const result = await loadInThread(load, wire, {
      signal: context.signal,
      tell: (progress) => {
        context.progress({ ...progress });
      },
    });
    const faults = faultsOf(load, result);
    const held: LoadHeld = {
      kind: 'load-held',
      about: aboutOf(spec, load),
      holds: faults.length === 0,
      how: 'real',
      source: `${request(spec)}, ${result.sent} requests`,
      time,
      observed: { ...result, faults },
    };
    return { changes: [{ ...changeOf(spec, load, null), observed: resultWords(result) }], findings: [held] };
  }

  async function verify(spec: Spec, context: EngineContext): Promise<readonly Finding[]> {
    const load = loadOf(spec);
    const newest = (await earlierOf(spec, load, context)).at(-1) ?? null;
    if (newest !== null && isYoung(newest, spec)) return [newest];
    return [
      {
        kind: 'load-recent',
        about: { request: request(spec), withinMs: durationMs(spec.maxAge) },
        holds: false,
        how: 'real',
        source: 'the record',
        time: new Date().toISOString(),
        observed: { newest: newest?.time ?? null },
      },
    ];
  }

  /** What was found of this very load with this bundle, oldest first. */
  async function earlierOf(spec: Spec, load: Load, context: EngineContext): Promise<readonly LoadHeld[]> {
    const about = canonicalJson(aboutOf(spec, load));
    const found = ofKind('load-held', (await context.earlier?.()) ?? []);
    return found.filter((one) => canonicalJson(one.about) === about);
  }

  /** One that held and is young enough; one that did not is carried again. */
  async function recentOf(spec: Spec, load: Load, context: EngineContext): Promise<LoadHeld | null> {
    const newest = (await earlierOf(spec, load, context)).at(-1);
    return newest?.holds === true && isYoung(newest, spec) ? newest : null;
  }

  function aboutOf(spec: Spec, load: Load): LoadHeld['about'] {
    const { stages, connections, reuse, timeoutMs, status, thresholds } = load;
    return { request: request(spec), stages, connections, reuse, timeoutMs, status, thresholds };
  }

  function changeOf(spec: Spec, load: Load, recent: LoadHeld | null): Change {
    const what = `load of ${request(spec)}`;
    if (recent !== null) return { action: 'unchanged', what, destructive: false };
    const detail = [
      `${stagesWords(load.stages)} on at most ${load.connections} connections, ${load.reuse ? 'kept open' : 'a new one each'}`,
      thresholdsWords(load.thresholds),
    ];
    return { action: 'create', what, destructive: false, detail };
  }

  return {
    plan,
    apply,
    verify,
    undo: () => 'There is nothing to undo: requests were sent, and what the server made of them is its own.',
  };
}

function isYoung({ time }: LoadHeld, { maxAge }: Spec): boolean {
  return Date.now() - Date.parse(time) < durationMs(maxAge);
}

/** @throws WindlassFailure `LimitExceeded`. */
function assertWithin(load: Load, bound: LoadBound | null, request: string): void {
  if (bound === null) return;
  const { peak, ms } = arrivalsOf(load.stages);
  const beyond = [
    ...(peak > bound.rate ? [`${peak} requests a second, of at most ${bound.rate}`] : []),
    ...(load.connections > bound.connections
      ? [`${load.connections} connections, of at most ${bound.connections}`]
      : []),
    ...(ms > durationMs(bound.for) ? [`${formatDuration(ms)}, of at most ${bound.for}`] : []),
  ];
  if (beyond.length === 0) return;
  throw new WindlassFailure(
    'LimitExceeded',
    `The load is beyond what the worker's policy lets this server be put under: ${beyond.join('; ')}.`,
    {
      object: `load of ${request}`,
      next: 'Ask for less, or have whoever runs the worker raise the bound: `loads` of the policy that WINDLASS_POLICY names.',
      facts: { peak, connections: load.connections, ms, bound: { ...bound } },
    },
  );
}

/** @throws WindlassFailure as `get` does of references. */
async function wireOf(connection: ServerConnection, spec: Spec, context: EngineContext): Promise<Wire> {
  const { protocol } = serverUrl(connection);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new WindlassFailure('ReferenceUnresolved', 'The address of the target is no http URL.', {
      object: 'url',
      next: 'Let the reference give a URL such as https://api.example.com.',
    });
  const resolve = (reference: Reference) => context.resolve(reference);
  const { method, path, reuse } = spec;
  const head = await requestHead(connection, { method, path, settings: spec, keep: reuse }, resolve);
  const ca = spec.ca === undefined ? null : await resolve(spec.ca);
  const { host, port } = hostAndPort(connection);
  return { host, port, tls: protocol === 'https:' ? { ca } : null, method, request: head };
}
