import type { DrillShape } from '../contract/activities.ts';
import type { News } from '../domain/notification.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import { notifier } from './activities.ts';
import { summaryOf } from './failures.ts';

/** Tells every webhook that wants to know. One that cannot be told is on record, and changes nothing else. Throws what `append` does. */
export async function tellWebhooks(
  bundle: string,
  notifications: DrillShape['notifications'],
  news: readonly News[],
  append: (body: RecordBody) => Promise<void>,
): Promise<void> {
  const wanted = notifications.flatMap((events, webhook) =>
    news.filter(({ event }) => events.includes(event)).map((one) => ({ webhook, news: one })),
  );
  await Promise.all(
    wanted.map(async ({ webhook, news: one }) => {
      const failure = await notifier.notify(bundle, webhook, one).then(() => null, summaryOf);
      await append({ type: 'notification', event: one.event, webhook, failure });
    }),
  );
}
