/** How Go tells of a request to a Kubernetes API (its paths are below /api and /apis) to which no answer came. */
const UNANSWERED =
  /"https?:\/\/[^"]*\/apis?\/[^"]*": (?:(?:dial|read|write) tcp |(?:unexpected )?EOF|http2: |net\/http: )/;

/**
 * Whether all that went wrong with a backup or restore is that Velero lost the API server meanwhile, which says nothing of
 * what is backed up.
 *
 * @param errors every one in its results file.
 */
export function onlyApiLost(errors: readonly string[]): boolean {
  return errors.length > 0 && errors.every((text) => UNANSWERED.test(text));
}
