import type { Change } from '../domain/change.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { ObjectstoreBucketSpec } from '../domain/kinds/objectstore-bucket.ts';
import type { BucketHandle } from './ask.ts';
import { lookAt } from './existence.ts';
import { nameOf, type Server } from './server.ts';
import { defaultRetention } from './settings/default-retention.ts';
import { lifecycle } from './settings/lifecycle.ts';
import { objectLock } from './settings/object-lock.ts';
import { policy } from './settings/policy.ts';
import { quota } from './settings/quota.ts';
import type { BucketSetting, Lack } from './settings/setting.ts';
import { tags } from './settings/tags.ts';
import { versioning } from './settings/versioning.ts';

/** A setting that the step asks for, as wanted and as found. */
export interface SettingState {
  readonly name: string;
  /** Of the request that tells it. */
  readonly query: string;
  /** In lines. */
  readonly wanted: readonly string[];
  /** In lines; null while there is no bucket, and where the server has no such setting. */
  readonly found: readonly string[] | null;
  /** What the change to the wanted value would lose. */
  readonly loses: readonly string[];
  /** Why it cannot be had; null when it can. */
  readonly lack: Lack | null;
  /** Makes the bucket have it. */
  readonly write: () => Promise<void>;
}

export interface BucketState {
  readonly server: Server;
  readonly exists: boolean;
  /** One entry per setting that the step asks for. */
  readonly settings: readonly SettingState[];
}

type Reader = (
  handle: BucketHandle,
  spec: ObjectstoreBucketSpec,
  place: Pick<BucketState, 'server' | 'exists'>,
) => Promise<SettingState | null>;

/** In the order in which they are written: a lock stands on versions, a retention on a lock. */
const SETTINGS: readonly Reader[] = [
  reader(versioning),
  reader(objectLock),
  reader(defaultRetention),
  reader(lifecycle),
  reader(policy),
  reader(quota),
  reader(tags),
];

/**
 * What the server has of what the step asks for; touches nothing.
 *
 * @throws WindlassFailure as `BucketHandle.ask` does.
 */
export async function readState(handle: BucketHandle, spec: ObjectstoreBucketSpec): Promise<BucketState> {
  const place = await lookAt(handle);
  const settings: SettingState[] = [];
  for (const read of SETTINGS) {
    const setting = await read(handle, spec, place);
    if (setting !== null) settings.push(setting);
  }
  return { ...place, settings };
}

function reader<Value>(setting: BucketSetting<Value>): Reader {
  return async (handle, spec, { server, exists }) => {
    const wanted = setting.wanted(spec);
    if (wanted === undefined) return null;
    const lack = setting.lacks?.(server, wanted) ?? null;
    const found = exists && lack === null ? { value: await setting.read(handle) } : null;
    return {
      name: setting.name,
      query: setting.query ?? setting.name,
      wanted: setting.show(wanted),
      found: found === null ? null : setting.show(found.value),
      loses: setting.loses?.(found === null ? null : found.value, wanted) ?? [],
      lack: lack ?? (found === null ? null : (setting.tooLate?.(server, found.value) ?? null)),
      write: () => setting.write(handle, wanted),
    };
  };
}

export function differs({ found, wanted }: SettingState): boolean {
  return found === null || found.length !== wanted.length || found.some((line, index) => line !== wanted[index]);
}

/** @throws WindlassFailure `BucketRefused` for the first setting that cannot be had. */
export function assertPossible(bucket: string, { server, settings }: BucketState): void {
  const impossible = settings.flatMap(({ name, lack }) => (lack === null ? [] : [{ name, lack }]))[0];
  if (impossible === undefined) return;
  const { name, lack } = impossible;
  throw new WindlassFailure('BucketRefused', `${nameOf(server)} ${lack.why} (${name}). Nothing was touched.`, {
    object: `bucket ${bucket}`,
    next: lack.next,
    facts: { server: server.address, setting: name },
  });
}

/** What must be done to a bucket in this state: one change, since a bucket is one thing. */
export function changeOf(bucket: string, state: BucketState): Change {
  const differing = state.settings.filter(differs);
  const loses = differing.flatMap((setting) => setting.loses);
  const detail = [...differing.flatMap(differenceOf), ...loses.map((words) => `loses: ${words}`)];
  const action = !state.exists ? 'create' : differing.length > 0 ? 'update' : 'unchanged';
  return {
    action,
    what: `bucket ${bucket}`,
    destructive: loses.length > 0,
    ...(detail.length === 0 ? {} : { detail }),
  };
}

/** `versioning: off -> enabled`; of settings in several lines, those that come and those that go. */
function differenceOf({ name, found, wanted }: SettingState): readonly string[] {
  if (found === null) return wanted.map((line) => `${name}: ${line}`);
  if (found.length <= 1 && wanted.length <= 1) return [`${name}: ${inOneLine(found)} -> ${inOneLine(wanted)}`];
  return [
    ...found.filter((line) => !wanted.includes(line)).map((line) => `${name}: - ${line}`),
    ...wanted.filter((line) => !found.includes(line)).map((line) => `${name}: + ${line}`),
  ];
}

/** A value as claims and evidence name it. */
export function inOneLine(lines: readonly string[]): string {
  return lines.length === 0 ? 'none' : lines.join('; ');
}
