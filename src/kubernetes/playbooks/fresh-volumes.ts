import { isDue, NOTHING, victimOf, type Playbook } from './playbook.ts';
import { claimsOf, fateOf, templateNames } from './claims.ts';

/**
 * A StatefulSet that begins anew with empty volumes: it goes with its pods, then its claims, and is made again. Until it
 * is made, every claim of its name is an old one; after that none is touched.
 */
export const freshVolumes: Playbook = {
  kinds: [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }],

  async derive({ spec, planned, live, intent, api, signal }) {
    if (spec.playbook !== 'fresh-volumes' || !isDue(spec.token, intent)) return NOTHING;
    const { name, namespace = '' } = planned.declared.ref;
    const templates = [...templateNames(planned.live), ...templateNames(planned.declared.object)];
    const claims = await claimsOf(name, namespace, templates, api, signal);
    const remove = await Promise.all(
      claims.map(async ({ claim }) => victimOf(claim, 'Background', true, [await fateOf(claim, api, signal)])),
    );
    const lines = [`all its pods are stopped before it is made again (${spec.token})`];
    // Foreground: it is gone only when its pods are, so that no claim is in use any more.
    return { ...NOTHING, object: live && victimOf(live, 'Foreground', true, lines), remove };
  },

  undo: 'It cannot be undone: the data of the old volumes is gone, unless they were kept (reclaim policy Retain) or backed up.',
};
