import { verdictLine } from '../../drill/verdict.ts';
import { ofType, type EntryOf } from '../../entries.ts';
import { ofKind } from '../../evidence.ts';
import { weakest } from '../how.ts';
import type { EvidenceOf } from '../evidence-file.ts';
import { isAbout, seenBy, type EvidenceSource } from './source.ts';

/** Restores that were carried out: what is proven is as old as the backup. One that came to nothing says nothing. */
export const DRILL: EvidenceSource<EvidenceOf<'drill'>> = {
  reads: ['drill', 'evidence'],
  label: ({ drill }) => `drill ${drill}`,
  observe: ({ drill, objectives }, entries) => {
    const evidence = ofType(entries, 'evidence').filter((entry) => isAbout(entry, drill));
    return ofType(entries, 'drill').flatMap((entry) => {
      const { verdict } = entry.body;
      const { backup, backedUpAt, missed } = verdict;
      if (!isAbout(entry, drill) || backup === null || (verdict.verdict !== 'proven' && verdict.verdict !== 'refuted'))
        return [];
      // What was seen of the restore is recorded beside the verdict; a verdict without it proves nothing.
      const seen = evidence.filter(({ scope, body }) => scope.run === entry.scope.run && isOf(body, backup));
      const holds = verdict.verdict === 'proven' && seen.length > 0 && (missed.length === 0 || !objectives);
      const unseen = verdict.verdict === 'proven' && seen.length === 0;
      return [
        {
          outcome: holds ? ('holds' as const) : unseen ? ('unknown' as const) : ('fails' as const),
          why: unseen ? `what the restore of ${backup} showed is not on record` : verdictLine(verdict),
          how: weakest(seen.flatMap(({ body }) => body.findings.map(({ how }) => how))),
          source: `restore of backup ${backup}`,
          time: holds ? (backedUpAt ?? entry.time) : entry.time,
          ...seenBy(entry),
        },
      ];
    });
  },
  lacking: ({ drill }) => `no drill of ${drill} with this bundle has restored a backup`,
  renew: ({ drill }) => ({ verb: 'drill', of: drill }),
};

function isOf(body: EntryOf<'evidence'>['body'], backup: string): boolean {
  return ofKind('drill-proof', body.findings).some(({ about }) => about.backup === backup);
}
