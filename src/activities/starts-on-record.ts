import { ofType } from '../domain/entries.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import type { RunScope } from '../contract/messages.ts';
import type { RunRecord } from '../record/record.ts';
import type { RecordedStart } from './starts.ts';

type StartBody = Extract<RecordBody, { readonly type: 'start' }>;

/** The starts of a rollout that were signed and let begin, of all its runs. @throws WindlassFailure of the store. */
export async function startsOf(
  record: Pick<RunRecord, 'read'>,
  { environment, rollout }: RunScope,
  isMeant: (start: StartBody) => boolean,
): Promise<readonly RecordedStart[]> {
  const { entries } = await record.read({ environment, rollout, types: ['start'] });
  return ofType(entries, 'start').flatMap(({ scope: { run }, body }) => {
    const { by, signedAt, verified, denial } = body;
    if (verified !== true || denial !== undefined || signedAt === undefined || !isMeant(body)) return [];
    return [{ run, by, signedAt }];
  });
}
