import { isSameIdentity, membersOf, type Groups } from './identity.ts';

/** So many of some people must approve a gate. */
interface Requirement {
  /** Whom the rollout or the policy names, in words: `platform`, `ada or grace`, `anyone`. */
  readonly of: string;
  /** Who that is, as identities; null for anyone. */
  readonly among: readonly string[] | null;
  readonly count: number;
}

/** All that must be met before a gate is through. One person may meet several requirements, and none of them twice. */
export type Quorum = readonly Requirement[];

/** An approval of a gate that waits for others. */
export interface GivenApproval {
  readonly by: string;
  readonly comment: string;
}

/** Whether an approval by somebody counts for any of the requirements. */
export function countsFor(quorum: Quorum, by: string): boolean {
  return quorum.some((requirement) => isOf(requirement, by));
}

/**
 * Who must still approve, in words: `1 more of security`; null once all requirements are met.
 *
 * @param approvedBy who has approved: several spellings of one name are one person.
 */
export function lackingApprovals(quorum: Quorum, approvedBy: readonly string[]): string | null {
  const persons = approvedBy.filter((one, at) => approvedBy.findIndex((other) => isSameIdentity(one, other)) === at);
  const lacking = quorum.flatMap((requirement) => {
    const more = requirement.count - persons.filter((by) => isOf(requirement, by)).length;
    return more > 0 ? [`${String(more)} more of ${requirement.of}`] : [];
  });
  return lacking.length === 0 ? null : lacking.join(' and ');
}

/** A quorum in words: `2 of platform and 1 of security`. */
export function quorumWords(quorum: Quorum): string {
  return quorum.map(({ count, of }) => `${String(count)} of ${of}`).join(' and ');
}

function isOf({ among }: Requirement, by: string): boolean {
  return among === null || among.some((one) => isSameIdentity(one, by));
}

/** How an approval is asked for in a rollout file. */
interface Asked {
  readonly approvers: readonly string[];
  readonly required?: number | undefined;
  readonly all?: readonly string[] | undefined;
}

/** What a gate's own approvers must come to; null where one approval will do, by the rollout and by the policy. */
export function ownQuorum(
  asked: Asked | undefined,
  demands: readonly { readonly required?: number }[],
  groups: Groups,
): Quorum | null {
  const { approvers = [], required = 1, all = [] } = asked ?? {};
  if (required === 1 && all.length === 0 && demands.every((one) => one.required === undefined)) return null;
  const own =
    approvers.length === 0
      ? { of: 'anyone', among: null }
      : { of: approvers.join(' or '), among: membersOf(approvers, groups) };
  return [{ ...own, count: required }, ...all.map((one) => ({ of: one, among: membersOf([one], groups), count: 1 }))];
}

/** Why nobody gets through a gate, though all approve whom it names; null where somebody does. Who anyone is, is not known. */
export function unreachable(quorum: Quorum): string | null {
  const named = quorum.filter(({ among }) => among !== null);
  const lacks = lackingApprovals(
    named,
    named.flatMap(({ among }) => among ?? []),
  );
  return lacks === null ? null : `nobody gets through this gate: were all to approve, it would need ${lacks}`;
}

/** How often somebody is among these, however they are spelt. */
export function timesOf(names: readonly string[], by: string): number {
  return names.filter((one) => isSameIdentity(one, by)).length;
}
