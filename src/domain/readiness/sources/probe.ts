import { ofType } from '../../entries.ts';
import { canonicalJson, type Json } from '../../json.ts';
import type { EvidenceOf } from '../evidence-file.ts';
import { seenBy, type EvidenceSource } from './source.ts';

/** What a check of its own was answered, each time that it was asked. */
export const PROBE: EvidenceSource<EvidenceOf<'probe'>> = {
  reads: ['looks'],
  label: ({ target, with: { protocol } }) => `probe of ${target} over ${protocol}`,
  observe: (spec, entries, check) => {
    const wanted = canonicalJson(askedOf(spec));
    return ofType(entries, 'looks').flatMap((entry) =>
      entry.body.probes
        .filter((look) => look.check === check && canonicalJson(look.asked) === wanted)
        .map(({ outcome, why, how, source, time }) => ({ outcome, why, how, source, time, ...seenBy(entry) })),
    );
  },
  lacking: () => 'nobody has asked it with this bundle',
  renew: () => ({ verb: 'readiness --live' }),
};

/** What is asked of whom, as the record keeps it beside the answer. */
export function askedOf({ target, with: asked }: EvidenceOf<'probe'>): Json {
  return JSON.parse(JSON.stringify({ target, with: asked })) as Json;
}
