import { z } from 'zod';
import type { KubernetesApi, ObjectRef } from '../../domain/kubernetes-api.ts';
import { fieldAt, textAt } from '../values.ts';
import { packInventory, unpackInventory, type Inventory } from './inventory.ts';
import { drillLabels, drillName, type DrillKeys } from './names.ts';

/** What must survive the worker that runs a drill. */
export interface Journal {
  /** In the sentinels: what comes back with it comes from the backup of this drill. */
  readonly nonce: string;
  /** What the namespaces held before the backup was asked for; once it is made, what it must hold. */
  readonly recorded: Inventory;
  /** Present once the backup is made: its name, and what moved while it was. */
  readonly backup: { readonly name: string; readonly moved: readonly string[] } | null;
}

const texts = z.object({
  nonce: z.string(),
  recorded: z.string(),
  backup: z.string().optional(),
  moved: z.string().optional(),
});

/** A Secret, since the hash of a short secret value tells the value to whoever tries them all. */
export function journalRef(namespace: string, { run }: DrillKeys): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name: drillName(run) };
}

/** Null when this drill has not begun. */
export async function readJournal(
  api: KubernetesApi,
  namespace: string,
  keys: DrillKeys,
  signal: AbortSignal,
): Promise<Journal | null> {
  const found = await api.get(journalRef(namespace, keys), { signal });
  const data = fieldAt(found ?? undefined, 'data');
  const parsed = texts.safeParse(
    Object.fromEntries(
      Object.keys(texts.shape).flatMap((field) => {
        const text = textAt(data, field);
        return text === null ? [] : [[field, atob(text)]];
      }),
    ),
  );
  if (!parsed.success) return null;
  const { nonce, recorded, backup, moved } = parsed.data;
  const list = z.array(z.string()).parse(JSON.parse(moved ?? '[]'));
  return {
    nonce,
    recorded: unpackInventory(recorded),
    backup: backup === undefined ? null : { name: backup, moved: list },
  };
}

export async function writeJournal(
  api: KubernetesApi,
  namespace: string,
  keys: DrillKeys,
  { nonce, recorded, backup }: Journal,
  signal: AbortSignal,
): Promise<void> {
  const { apiVersion, kind, name } = journalRef(namespace, keys);
  const fields = {
    nonce,
    recorded: packInventory(recorded),
    ...(backup === null ? {} : { backup: backup.name, moved: JSON.stringify(backup.moved) }),
  };
  await api.apply(
    {
      apiVersion,
      kind,
      metadata: { name, namespace, labels: drillLabels(keys) },
      type: 'windlass.dev/drill-journal',
      data: Object.fromEntries(Object.entries(fields).map(([field, text]) => [field, btoa(text)])),
    },
    { signal },
  );
}
