import type { DrillOf, DrillPart, PartVerdict } from '../../../domain/drill-part.ts';
import { WindlassFailure } from '../../../domain/failure.ts';
import type { Json } from '../../../domain/json.ts';
import type { KubernetesApi } from '../../../domain/kubernetes-api.ts';
import { DRILL } from '../../backup/objects.ts';
import { scratchNamespaces } from '../names.ts';
import { ofEarlierRuns } from '../sweep.ts';
import { claimsInUse, POD, type ClaimInUse } from './claims.ts';
import { compareVolume, type VolumeComparison } from './compare.ts';
import { inspect, type Inspection } from './inspector.ts';
import { rereadManifest, standingEntries, writeManifest, type Manifest } from './manifest.ts';
import { provenBy } from './proven-by.ts';
import { planted, recordable, recorded, volumeBackups } from './volume-backups.ts';

/** How many moved files are named in the evidence. */
const NAMED = 20;

/**
 * The data in volumes: what the claims' volumes hold is listed before and after the backup is made, and again where the
 * drill's own claims got fresh volumes, which the restore of the objects filled. Null without an inspector, and where
 * data is not backed up file by file.
 */
export function volumesPart(
  tools: { readonly api: KubernetesApi; readonly logs?: Inspection['logs'] },
  { spec, keys, context }: DrillOf,
): DrillPart | null {
  const { api, logs } = tools;
  const { namespace, includedNamespaces, within } = spec;
  const image = provenBy(spec);
  if (image === null || logs === undefined) return null;
  const { signal } = context;
  const inspection: Inspection = { api, logs, keys, image, within, context };
  const scratch = scratchNamespaces(keys.run, includedNamespaces);

  async function list(claims: readonly ClaimInUse[], stage: string): Promise<ReadonlyMap<string, Manifest>> {
    const read = claims.flatMap(({ node, ...claim }) => (node === null ? [] : [{ ...claim, node }]));
    return new Map(
      await Promise.all(read.map(async (claim) => [keyOf(claim), await inspect(inspection, claim, stage)] as const)),
    );
  }

  /** What is in a fresh volume, or why nobody can tell: that speaks against the backup, and is no failure of the drill. */
  async function restoredFiles(claim: ClaimInUse & { readonly node: string }): Promise<Manifest | string> {
    try {
      return await inspect(inspection, claim, 'restored');
    } catch (error) {
      if (!(error instanceof WindlassFailure) || error.summary().retryable) throw error;
      return `${error.options.object ?? 'a volume'} could not be compared: ${error.message}`;
    }
  }

  async function removeInspectors(labelSelector: string, during: AbortSignal): Promise<void> {
    for (const at of includedNamespaces)
      for (const { metadata } of await api.list(POD, { namespace: at, labelSelector, signal: during }))
        await api.delete({ ...POD, namespace: at, name: metadata.name }, { signal: during });
  }

  async function compare(state: Json): Promise<PartVerdict> {
    const { volumes: expected, faults, others } = recorded.parse(state);
    const originals = new Map([...scratch].map(([original, copy]) => [copy, original]));
    const claims = await claimsInUse(api, [...scratch.values()], { ended: true }, signal);
    const byOriginal = new Map(
      claims.map((claim) => [keyOf({ ...claim, namespace: originals.get(claim.namespace) ?? '' }), claim]),
    );
    const compared = await Promise.all(
      expected.map(async ({ claim, files, moved }) => {
        const copy = byOriginal.get(claim);
        if (copy === undefined || copy.node === null) return nothing(`PersistentVolumeClaim ${claim} got no volume`);
        const manifest = await restoredFiles({ ...copy, node: copy.node });
        if (typeof manifest === 'string') return nothing(manifest);
        return compareVolume({ claim, still: rereadManifest(files), moved }, manifest);
      }),
    );
    const moved = expected.flatMap(({ claim, moved: paths }) => paths.map((path) => `${claim}: ${path}`));
    return {
      faults: [...faults, ...compared.flatMap((one) => one.faults)],
      facts: {
        part: 'volumes',
        claims: expected.map(({ claim }) => claim),
        files: compared.reduce((sum, { files }) => sum + files, 0),
        bytes: compared.reduce((sum, { bytes }) => sum + bytes, 0),
        moved: moved.slice(0, NAMED),
        movedInAll: moved.length,
        // In the backup, and readable by their own pods alone.
        notCompared: others,
      },
    };
  }

  return {
    name: 'volumes',
    sweep: (during) => removeInspectors(ofEarlierRuns(keys), during),
    plant: async () => {
      const claims = await claimsInUse(api, includedNamespaces, { ended: false }, signal);
      const read = await list(claims, 'before');
      return recordable({
        read: [...read].map(([claim, manifest]) => ({ claim, files: writeManifest(manifest) })),
        unread: claims.filter(({ node }) => node === null).map(keyOf),
      });
    },
    record: async (state, backup) => {
      const { read, unread } = planted.parse(state);
      const made = await volumeBackups(api, namespace, backup, signal);
      const claims = await claimsInUse(api, includedNamespaces, { ended: false }, signal);
      const after = await list(claims, 'after');
      const lacking = [...read.map(({ claim }) => claim), ...unread].filter((claim) => !made.claims.has(claim));
      return {
        volumes: read
          .filter(({ claim }) => made.claims.has(claim))
          .map(({ claim, files }) => {
            const { still, moved } = standingEntries(rereadManifest(files), after.get(claim) ?? NOTHING);
            return { claim, files: writeManifest(still), moved };
          }),
        faults: [
          ...made.faults,
          ...lacking.map((claim) => `the data of PersistentVolumeClaim ${claim} is not in the backup`),
        ],
        others: made.others,
      };
    },
    restore: (state) => Promise.resolve(() => compare(state)),
    dissolve: () => Promise.resolve(),
    withdraw: (_state, during) => removeInspectors(`${DRILL}=${keys.run}`, during),
  };
}

/** Nobody has it mounted any more: all of it counts as moved. */
const NOTHING: Manifest = new Map();

function nothing(fault: string): VolumeComparison {
  return { faults: [fault], files: 0, bytes: 0 };
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
