/** The command that does something about a rollout, as a person would type it. */
export function commandLine(
  verb: string,
  { rollout, environment }: { readonly rollout: string; readonly environment: string },
  step?: string,
): string {
  return ['windlass', verb, rollout, ...(step === undefined ? [] : [step]), '--environment', environment].join(' ');
}
