import type { Session } from '../session.ts';
import { compareContents } from './compare.ts';
import { objectsOf, relationsOf, sequencesOf, settle, tablesOf } from './content.ts';
import { sentinelHolds, withoutSentinel } from './owned.ts';
import type { DatabaseContent, Planted } from './written.ts';

/** What was found in a restored database. */
export interface Restored {
  readonly faults: readonly string[];
  readonly counts: { readonly tables: number; readonly rows: number; readonly sequences: number };
}

/**
 * Looks at a restored database as the original was looked at, and compares the two.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function compareRestored(
  session: Session,
  sentinel: Planted,
  recorded: DatabaseContent,
): Promise<Restored> {
  const own = sentinel.schema;
  const { form } = recorded;
  return session.transaction('SNAPSHOT', async () => {
    await settle(session);
    const relations = await relationsOf(session, own);
    const tables = await tablesOf(session, relations, form, () => undefined);
    const values = Object.entries(await sequencesOf(session, relations));
    const restored: DatabaseContent = {
      form,
      tables,
      sequences: Object.fromEntries(values.map(([name, value]) => [name, [value, value]])),
      objects: await objectsOf(session, own, form),
      notCompared: [],
    };
    const planted = await sentinelHolds(session, sentinel);
    return {
      faults: planted
        ? compareContents(recorded, restored)
        : [
            'the sentinel did not come back as it was planted',
            // Which says it all about what was planted.
            ...compareContents(withoutSentinel(recorded, own), withoutSentinel(restored, own)),
          ],
      counts: {
        tables: Object.keys(tables).length,
        rows: Object.values(tables).reduce((sum, { rows }) => sum + (rows ?? 0), 0),
        sequences: values.length,
      },
    };
  });
}
