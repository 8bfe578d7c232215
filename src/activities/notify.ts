import { WindlassFailure } from '../domain/failure.ts';
import { postJson } from '../http/post.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import type { WindlassActivities } from '../contract/activities.ts';

/** The activity that tells webhooks. Their addresses may hold secrets: they are in no failure, history or log. */
export function notifyActivities(
  deps: Pick<ActivityDeps, 'openBundle' | 'resolve'>,
): Pick<WindlassActivities, 'notify'> {
  return {
    notify: guarded(async (digest, webhook, news) => {
      const target = (await deps.openBundle(digest)).bundle.notifications?.[webhook];
      const object = `notifications[${webhook}] of ${news.environment}`;
      if (target === undefined)
        throw new WindlassFailure('InvalidRollout', 'The bundle has no such webhook.', {
          object,
          next: 'Start the drill again.',
        });
      await postJson(await deps.resolve(target.url), { id: `${news.run}/${news.event}`, ...news }, object);
    }),
  };
}
