/** A run whose entries are in the store. */
export interface RunKey {
  readonly environment: string;
  readonly rollout: string;
  readonly run: string;
}

/** A key that makes an entry one. */
export interface IdKey extends RunKey {
  readonly object: string;
  /** As the key has it: any text. */
  readonly type: string;
  readonly id: string;
}

/** What lies in the store of one run. */
export interface RunKeys extends RunKey {
  readonly ids: readonly IdKey[];
  /** Digests of the entries that are there, whether an id names them or not. */
  readonly digests: readonly string[];
}

/** `record/<environment>/<rollout>/`, or the folder of one run below it. */
export function folderOf({ environment, rollout, run }: Omit<RunKey, 'run'> & { readonly run?: string }): string {
  return `record/${environment}/${rollout}/${run === undefined ? '' : `${run}/`}`;
}

export function keyOfId(run: RunKey, type: string, id: string): string {
  return `${folderOf(run)}ids/${type}-${id}`;
}

export function keyOfEntry(run: RunKey, digest: string): string {
  return `${folderOf(run)}entries/${digest}.json`;
}

/** Where the run is named that has used a nonce first. */
export function keyOfNonce({ environment, rollout }: RunKey, digest: string): string {
  return `starts/${environment}/${rollout}/${digest}`;
}

const ID = /^(?<run>[^/]+)\/ids\/(?<type>[^/-]+)-(?<id>[^/]+)$/;
const ENTRY = /^(?<run>[^/]+)\/entries\/(?<digest>[0-9a-f]{64})\.json$/;

/** Keys of one rollout in one environment by their runs, in the order of run ids. Keys of another form are none of ours. */
export function runsIn(rollout: Omit<RunKey, 'run'>, keys: readonly string[]): readonly RunKeys[] {
  const { environment, rollout: name } = rollout;
  const runs = new Map<string, { ids: IdKey[]; digests: string[] }>();
  const of = (run: string) => {
    const known = runs.get(run) ?? { ids: [], digests: [] };
    runs.set(run, known);
    return known;
  };
  const folder = folderOf({ environment, rollout: name });
  for (const object of keys) {
    const below = object.slice(folder.length);
    const { run = '', type = '', id = '' } = ID.exec(below)?.groups ?? {};
    if (run !== '') of(run).ids.push({ environment, rollout: name, run, object, type, id });
    const found = ENTRY.exec(below)?.groups;
    if (found !== undefined) of(found['run'] ?? '').digests.push(found['digest'] ?? '');
  }
  return [...runs].map(([run, { ids, digests }]) => ({ environment, rollout: name, run, ids, digests }));
}
