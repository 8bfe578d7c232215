import { z } from 'zod';
import type { DrillOf, DrillPart, PartVerdict } from '../../domain/drill-part.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import { availableLocation } from '../backup/location.ts';
import type { BackupTools } from '../backup/tools.ts';
import type { RestoreOutcome } from '../restore/judge.ts';
import { compareInventories } from './compare.ts';
import {
  readInventory,
  standing,
  takeInventory,
  writeInventory,
  writtenInventory,
  type Inventory,
} from './inventory.ts';
import { escaped } from './escaped.ts';
import { mostPorts } from './harmless-services.ts';
import { dissolve, isolate } from './isolation.ts';
import { comparedKinds } from './left-out.ts';
import { DRILL } from '../backup/objects.ts';
import { scratchNamespaces } from './names.ts';
import { objectsVerdict } from './objects-verdict.ts';
import { modifiersRef, restoreRef } from './restore-objects.ts';
import { restoreInto } from './restore.ts';
import { plantSentinels, removeSentinels, sentinelKeys } from './sentinels.ts';
import { sweepObjects } from './sweep.ts';
import { provenBy } from './volumes/proven-by.ts';

/** Ports of a Service, where a record of before does not say how many there were. */
const PORTS = 16;

const planted = z.object({ before: writtenInventory, sentinels: z.array(z.string()) });
const recorded = z.object({
  still: writtenInventory,
  /** What changed while the backup was made. */
  moved: z.array(z.string()),
  sentinels: z.array(z.string()),
  /** The most ports that one Service had. */
  ports: z.number().default(PORTS),
});

/** Kubernetes objects: Velero restores them into namespaces of the drill's own, and they are compared one by one. */
export function objectsPart(tools: BackupTools, { spec, keys, context }: DrillOf): DrillPart {
  const { api, reader, kinds } = tools;
  const { namespace, includedNamespaces } = spec;
  const { signal } = context;
  const scratch = scratchNamespaces(keys.run, includedNamespaces);

  async function inventory(namespaces: readonly string[]): Promise<Inventory> {
    const originals = new Map([...scratch].map(([original, copy]) => [copy, original]));
    return takeInventory(api, comparedKinds(await kinds(signal)), namespaces, originals, signal);
  }

  async function bringBack(state: Json, backup: string): Promise<() => Promise<PartVerdict>> {
    const { ports } = recorded.parse(state);
    const place = await availableLocation(api, namespace, spec.storageLocation, signal);
    await isolate(tools, keys, [...scratch.values()], signal);
    const outcome = await restoreInto(api, reader, spec, { keys, backup, place, scratch, ports }, context);
    if (outcome.again === null) return () => compare(state, outcome);
    // Cleaned up by the caller; the retry restores anew.
    throw new WindlassFailure('ServerError', `${outcome.again}.`, {
      object: `Restore of Backup ${namespace}/${backup}`,
      next: 'Nothing: the drill restores again.',
    });
  }

  async function compare(state: Json, restore: RestoreOutcome): Promise<PartVerdict> {
    const { still, moved, sentinels } = recorded.parse(state);
    const restored = await inventory([...scratch.values()]);
    // To name the fields of what differs, where the originals still are as recorded.
    const contents = await inventory(includedNamespaces);
    const comparison = compareInventories(readInventory(still), restored, new Set(moved), contents);
    // The pods that fill volumes are restored, and do nothing else by the rules of the restore.
    const looked = (await kinds(signal)).filter(({ resource }) => resource !== 'pods' || provenBy(spec) === null);
    const acting = await escaped(api, looked, scratch, signal);
    return objectsVerdict({ restore, comparison, moved, sentinels, escaped: acting });
  }

  return {
    name: 'objects',
    sweep: (during) => sweepObjects(tools, spec, keys, during),
    plant: async (nonce) => {
      await plantSentinels(api, includedNamespaces, keys, nonce, signal);
      const before = writeInventory(await inventory(includedNamespaces));
      return { before, sentinels: sentinelKeys(includedNamespaces, keys, nonce) };
    },
    record: async (state) => {
      const { before: written, sentinels } = planted.parse(state);
      const before = readInventory(written);
      const { still, moved } = standing(before, await inventory(includedNamespaces));
      return {
        still: writeInventory(still),
        moved,
        sentinels,
        ports: await mostPorts(api, includedNamespaces, signal),
      };
    },
    settle: (during) => removeSentinels(api, includedNamespaces, keys, during),
    restore: bringBack,
    dissolve: async (during) => {
      await api.delete(restoreRef(namespace, keys.run), { signal: during });
      await api.delete(modifiersRef(namespace, keys.run), { signal: during });
      await dissolve(tools, `${DRILL}=${keys.run}`, spec, during);
    },
    withdraw: (_state, during) => removeSentinels(api, includedNamespaces, keys, during),
  };
}
