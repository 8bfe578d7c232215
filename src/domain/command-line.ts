/** The command that does something about a rollout, as a person would type it. */
export function commandLine(
  verb: string,
  { rollout, environment }: { readonly rollout: string; readonly environment: string },
  step?: string,
): string {
  const words = [verb, rollout, ...(step === undefined ? [] : [step]), '--environment', environment];
  return ['windlass', ...words.map(quoted)].join(' ');
}

/** As a shell takes it for one word: what a status shows may be made up, and people paste what they are told to run. */
function quoted(word: string): string {
  return /^[\w./@:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
