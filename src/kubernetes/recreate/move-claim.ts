import { WindlassFailure } from '../../domain/failure.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesRecreateSpec } from '../../domain/kinds/kubernetes-recreate.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { absent } from '../absent.ts';
import type { KubernetesClient } from '../client/client.ts';
import { readText } from '../../domain/json-fields.ts';
import { labelOf, refOf } from '../identity.ts';
import type { FenceGuard } from '../inventory/fence-guard.ts';
import { usersOf } from '../playbooks/move.ts';
import { copiesOf, copyName, MOVING, movesOf, type Copied } from '../playbooks/moving.ts';
import type { Move } from '../playbooks/playbook.ts';
import { judge } from '../status/judge.ts';
import { conditionOf, progressing, type Judge } from '../status/status.ts';
import type { Graces } from '../wait/suspicion.ts';
import { waitUntilReady } from '../wait/wait.ts';
import { copyJob, isSameCopy, stagingClaim } from './copy-job.ts';
import { removeObject } from './remove.ts';

export interface MoveOptions {
  /** Whose claim it is: the object of the step. */
  readonly of: ObjectRef;
  readonly spec: Extract<KubernetesRecreateSpec, { playbook: 'move' }>;
  readonly client: KubernetesClient;
  readonly guard: FenceGuard;
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly graces?: Graces;
  progress(state: object): void;
}

/**
 * Moves the data of a claim to a volume of another class and gives that volume to a claim of the same name. May be killed
 * anywhere: before the copy is complete it begins again with what is there, after that the volume tells what is left. The
 * old volume is set to be retained before anything else, and stays.
 *
 * @throws WindlassFailure `TargetBusy` when somebody uses the claim or has made another of its name, what the wait for the
 * copy throws.
 */
export async function moveClaim(move: Move, options: MoveOptions): Promise<void> {
  const copied = await copyOf(move, options);
  if (copied === undefined) await copy(move, options);
  const done = copied ?? (await copyOf(move, options));
  if (done === undefined) throw absent([{ apiVersion: 'v1', kind: 'PersistentVolume', name: move.ref.name }]);
  await handOver(done, move, options);
}

async function copyOf({ ref }: Move, { of, client, signal }: MoveOptions): Promise<Copied | undefined> {
  return (await copiesOf(of, client, signal)).find(({ claim }) => claim.metadata.name === ref.name);
}

/** Copies the data, and writes on the volume that it has all of it. */
async function copy(move: Move, options: MoveOptions): Promise<void> {
  const { of, spec, client, guard, signal } = options;
  const { ref } = move;
  const old = await client.get(ref, { signal });
  if (old === null) throw absent([ref]);
  await refuseUsed(move, options);
  await retain(readText(old, 'spec', 'volumeName'), options);
  const job = copyJob(move, spec.copy);
  await discardStale(job, move, options);
  await guard.hold(labelOf(ref));
  const staging = await client.apply(stagingClaim(move), { signal });
  await guard.hold(labelOf(refOf(job)));
  await wait(await client.apply(job, { signal }), options, complete);
  await refuseUsed(move, options);
  const volume = await volumeOf(refOf(staging), options);
  const note = {
    claim: { ...move.claim, spec: { ...(move.claim.spec as JsonObject), volumeName: volume.metadata.name } },
    uid: old.metadata.uid ?? '',
    policy: readText(volume, 'spec', 'persistentVolumeReclaimPolicy') ?? 'Retain',
  };
  await change(volume, options, {
    metadata: { labels: { [MOVING]: movesOf(of) }, annotations: { [MOVING]: JSON.stringify(note) } },
    spec: { persistentVolumeReclaimPolicy: 'Retain' },
  });
}

/**
 * A copy of an earlier attempt counts only while it runs: it is compared at its end, and one that had ended may be of data
 * that was written to since.
 */
async function discardStale(job: KubernetesObject, { ref }: Move, options: MoveOptions): Promise<void> {
  const { client, signal } = options;
  const earlier = await client.get(refOf(job), { signal });
  if (earlier !== null && complete(earlier).state === 'progressing' && isSameCopy(earlier, job)) return;
  await removeIfThere(refOf(job), options);
  await removeIfThere({ ...ref, name: copyName(ref) }, options);
}

async function refuseUsed({ ref }: Move, { client, signal }: MoveOptions): Promise<void> {
  const [user] = await usersOf([ref.name], ref.namespace ?? '', client, signal);
  if (user !== undefined) throw busy(ref, `Pod ${user.metadata.name} uses it.`);
}

/** Lets go of the copy's claim and of the old one, and makes the one that is to have the volume. */
async function handOver({ volume, claim, uid, policy }: Copied, move: Move, options: MoveOptions): Promise<void> {
  const { client, guard, signal } = options;
  const { namespace = '' } = move.ref;
  const isIts = (one: KubernetesObject): boolean => readText(one, 'spec', 'volumeName') === volume.metadata.name;
  // A claim does not go while a pod that has ended names it.
  await removeIfThere(refOf(copyJob(move, options.spec.copy)), options);
  let now = await client.get(move.ref, { signal });
  if (now !== null && !isIts(now)) {
    if (now.metadata.uid !== uid) throw busy(move.ref, 'Somebody has made another claim of its name meanwhile.');
    await remove(now, options);
    now = null;
  }
  await removeIfThere({ ...move.ref, name: copyName(move.ref) }, options);
  if (now === null) {
    // Reserved for the claim by its name: the uid of the one that had it would keep every other out.
    const { apiVersion, kind, name } = move.ref;
    const claimRef = { apiVersion, kind, namespace, name, uid: null, resourceVersion: null };
    await change(await current(volume, options), options, { spec: { claimRef } });
    await guard.hold(labelOf(move.ref));
    now = await client.create(claim, { signal });
  }
  await wait(now, options);
  await change(await current(volume, options), options, {
    metadata: { labels: { [MOVING]: null }, annotations: { [MOVING]: null } },
    spec: { persistentVolumeReclaimPolicy: policy },
  });
}

/** Keeps a volume and its data when its claim goes. */
async function retain(name: string | undefined, options: MoveOptions): Promise<void> {
  if (name === undefined) return;
  const volume = await options.client.get({ apiVersion: 'v1', kind: 'PersistentVolume', name }, options);
  if (volume === null || readText(volume, 'spec', 'persistentVolumeReclaimPolicy') === 'Retain') return;
  await change(volume, options, { spec: { persistentVolumeReclaimPolicy: 'Retain' } });
}

async function volumeOf(claim: ObjectRef, { client, signal }: MoveOptions): Promise<KubernetesObject> {
  const name = readText((await client.get(claim, { signal })) ?? undefined, 'spec', 'volumeName');
  const ref = { apiVersion: 'v1', kind: 'PersistentVolume', name: name ?? `of ${claim.name}` };
  const volume = name === undefined ? null : await client.get(ref, { signal });
  if (volume === null) throw absent([ref]);
  return volume;
}

async function current(volume: KubernetesObject, { client, signal }: MoveOptions): Promise<KubernetesObject> {
  const now = await client.get(refOf(volume), { signal });
  if (now?.metadata.uid !== volume.metadata.uid || now === null) throw absent([refOf(volume)]);
  return now;
}

/** How often a write is tried on a volume whose status its controller writes. */
const TRIES = 10;

async function change(volume: KubernetesObject, options: MoveOptions, fields: Json): Promise<void> {
  const { client, guard, signal } = options;
  for (let now = volume, tries = 1; ; tries += 1) {
    await guard.hold(labelOf(refOf(now)));
    try {
      const { resourceVersion } = now.metadata;
      await client.merge(refOf(now), fields as JsonObject, { resourceVersion, signal });
      return;
    } catch (error) {
      if (!(error instanceof WindlassFailure) || error.type !== 'TargetBusy' || tries >= TRIES) throw error;
      now = await current(volume, options);
    }
  }
}

async function remove(object: KubernetesObject, options: MoveOptions): Promise<void> {
  const { client, guard, withinMs, signal } = options;
  const going = { ref: refOf(object), uid: object.metadata.uid ?? '', propagation: 'Foreground' } as const;
  await removeObject(going, client, guard, { withinMs, signal });
}

/** A Job that somebody has suspended is as it should be for others; here it has copied nothing. */
const complete: Judge = (job) => {
  const status = judge(job);
  if (status.state !== 'ready' || conditionOf(job, 'Complete')?.status === 'True') return status;
  return progressing('it is suspended');
};

async function removeIfThere(ref: ObjectRef, options: MoveOptions): Promise<void> {
  const object = await options.client.get(ref, { signal: options.signal });
  if (object !== null) await remove(object, options);
}

async function wait(object: KubernetesObject, options: MoveOptions, by: Judge = judge): Promise<void> {
  const { client, withinMs, signal, graces } = options;
  const progress = (state: object): void => {
    options.progress(state);
  };
  await waitUntilReady([object], client, { withinMs, signal, progress, judge: by, ...(graces ? { graces } : {}) });
}

function busy(ref: ObjectRef, why: string): WindlassFailure {
  return new WindlassFailure('TargetBusy', why, {
    object: labelOf(ref),
    next: 'Stop it, or delete it if it is not wanted, then retry: the old volume and its data are kept.',
  });
}
