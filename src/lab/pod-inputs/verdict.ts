import type { Input } from './input.ts';
import type { Obstacle } from './mark.ts';
import { PLACEHOLDER } from './mark.ts';
import type { Reference } from './references.ts';

/** Why a pod does not come up. */
export interface Verdict {
  readonly obstacle: Obstacle;
  /** As a kubelet says it; of a container that crashes, what it would have written before its end. */
  readonly message: string;
}

/** Finds what a pod refers to; undefined when there is none. */
export type FindInput = (reference: Reference) => Input | undefined;

/** Why a pod with these references cannot come up, or null when it can: what a kubelet would stumble on first. */
export function verdictOf(namespace: string, references: readonly Reference[], find: FindInput): Verdict | null {
  return (
    first(references, (reference) => missing(namespace, reference, find(reference))) ??
    first(references, (reference) => wrong(reference, find(reference)))
  );
}

function first(references: readonly Reference[], judge: (reference: Reference) => Verdict | null): Verdict | null {
  for (const reference of references) {
    const verdict = judge(reference);
    if (verdict !== null) return verdict;
  }
  return null;
}

function missing(namespace: string, reference: Reference, input: Input | undefined): Verdict | null {
  if (reference.optional) return null;
  const what = input === undefined ? notFound(reference) : lackingKey(namespace, reference, input);
  if (what === null) return null;
  return reference.volume === null
    ? { obstacle: 'CreateContainerConfigError', message: what }
    : { obstacle: 'FailedMount', message: `MountVolume.SetUp failed for volume "${reference.volume}" : ${what}` };
}

function notFound({ kind, name }: Reference): string {
  return `${kind.toLowerCase()} "${name}" not found`;
}

function lackingKey(namespace: string, { kind, name, keys, volume }: Reference, input: Input): string | null {
  const lacking = keys?.find((key) => !input.keys.has(key));
  if (lacking === undefined) return null;
  return volume === null
    ? `couldn't find key ${lacking} in ${kind} ${namespace}/${name}`
    : `references non-existent ${kind.toLowerCase()} key: ${lacking}`;
}

function wrong({ kind, name, keys, volume, user }: Reference, input: Input | undefined): Verdict | null {
  if (input === undefined) return null;
  if (input.damaged !== null)
    return { obstacle: 'CrashLoopBackOff', message: `volume ${volume ?? name}: ${input.damaged}` };
  const key = (keys ?? [...input.keys.keys()]).find((candidate) => input.keys.get(candidate) === true);
  if (key === undefined) return null;
  const where = user ?? `volume ${volume ?? name}`;
  return {
    obstacle: 'CrashLoopBackOff',
    message: `${where}: key ${key} of ${kind} ${name} still holds ${PLACEHOLDER}`,
  };
}
