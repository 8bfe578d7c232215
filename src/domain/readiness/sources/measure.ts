import { compares, comparisonWords } from '../../comparison.ts';
import { ofType } from '../../entries.ts';
import { demandedComparison } from '../../kinds/comparison.ts';
import { measuredText } from '../../measured.ts';
import type { EvidenceOf } from '../evidence-file.ts';
import { seenBy, type EvidenceSource } from './source.ts';

/** A measure, each time that it was read, held against what the check asks for. */
export const MEASURE: EvidenceSource<EvidenceOf<'measure'>> = {
  reads: ['measures', 'looks'],
  label: ({ measure }) => `measure ${measure}`,
  observe: ({ measure, ...comparing }, entries) => {
    const wanted = demandedComparison(comparing);
    const read = [
      ...ofType(entries, 'measures').map((entry) => ({ entry, readings: entry.body.readings })),
      ...ofType(entries, 'looks').map((entry) => ({ entry, readings: entry.body.measures })),
    ];
    return read.flatMap(({ entry, readings }) =>
      readings
        .filter(({ name }) => name === measure)
        .map((reading) => {
          const { value, unit, why = 'was not read', how = 'real', source, time } = reading;
          const isKnown = value !== null;
          const outcome = !isKnown ? 'unknown' : compares(value, wanted) ? 'holds' : 'fails';
          return {
            outcome: outcome,
            why: isKnown
              ? `${measuredText({ value, time }, unit)}; asked for is ${comparisonWords(wanted)}`
              : `it ${why}`,
            ...{ how, source, time },
            ...seenBy(entry),
          };
        }),
    );
  },
  lacking: ({ measure }) => `no run with this bundle has read the measure ${measure}`,
  renew: () => ({ verb: 'readiness --live' }),
};
