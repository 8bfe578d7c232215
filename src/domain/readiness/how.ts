import type { EvidenceHow } from '../evidence.ts';

const WEAKEST_FIRST: readonly EvidenceHow[] = ['simulated', 'stand-in', 'real'];

/** How a whole was had whose parts were had so: as its weakest. */
export function weakest(all: readonly EvidenceHow[]): EvidenceHow {
  return WEAKEST_FIRST.find((how) => all.includes(how)) ?? 'real';
}
