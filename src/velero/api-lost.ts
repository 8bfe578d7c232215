import { allErrorsAre, type Reading } from './backup/results.ts';

/** How Go tells of a request to a Kubernetes API (its paths are below /api and /apis) to which no answer came. */
const UNANSWERED =
  /"https?:\/\/[^"]*\/apis?\/[^"]*": (?:(?:dial|read|write) tcp |(?:unexpected )?EOF|http2: |net\/http: )/;

/**
 * Whether all that went wrong with a backup or restore is that Velero lost the API server meanwhile, which says nothing of
 * what is backed up.
 */
export function onlyApiLost(reading: Reading): boolean {
  return allErrorsAre(UNANSWERED, reading);
}
