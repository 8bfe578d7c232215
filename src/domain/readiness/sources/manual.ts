import { ofType } from '../../entries.ts';
import type { EvidenceOf } from '../evidence-file.ts';
import { seenBy, type EvidenceSource } from './source.ts';

/** What somebody said who has looked, each time that they did. Who may say so was judged when they did. */
export const MANUAL: EvidenceSource<EvidenceOf<'manual'>> = {
  reads: ['looks'],
  label: ({ question }) => question,
  observe: ({ question, signed }, entries, check) =>
    ofType(entries, 'looks').flatMap((entry) =>
      entry.body.attested
        .filter((said) => said.check === check && said.question === question && (said.signed || !signed))
        .map(({ holds, reason, by, signed: isSigned, time }) => ({
          outcome: holds ? ('holds' as const) : ('fails' as const),
          why: `${by}: ${reason}`,
          how: 'real' as const,
          source: `${by}, ${isSigned ? 'signed' : 'not signed'}`,
          time,
          ...seenBy(entry),
        })),
    ),
  lacking: ({ by }) => `nobody has said so with this bundle; ${by.join(' or ')} may`,
  renew: (_spec, check) => ({ verb: 'attest', of: check }),
};
