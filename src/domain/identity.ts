/**
 * The form in which identities are compared: compatibility characters are one (NFKC, Unicode Standard Annex #15), and so are
 * large and small letters. The latter is full case folding (Unicode Standard, section 3.13, definition R4), which JavaScript
 * gives by way of capitals: `Linus`, `LINUS` and `ｌinus` are one person, and so are `Straße` and `STRASSE`.
 */
function identityKey(identity: string): string {
  return identity.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').trim();
}

/** Whether two identities are those of one person. */
export function isSameIdentity(a: string, b: string): boolean {
  return identityKey(a) === identityKey(b);
}

/** Members by the name of their group. */
export type Groups = Readonly<Record<string, readonly string[]>>;

/** Whether a name is that of a group, and so of nobody who could act. */
export function isGroup(groups: Groups, name: string): boolean {
  return Object.keys(groups).some((group) => isSameIdentity(group, name));
}

/**
 * Whether somebody is among those named, groups and identities: the name of a group stands for its members, and for nobody
 * who calls themselves so.
 */
export function isAmong(by: string, named: readonly string[], groups: Groups): boolean {
  return named.some((one) => {
    // Own names only: a group may be called `constructor`.
    const members = Object.hasOwn(groups, one) ? (groups[one] ?? []) : null;
    return members === null ? isSameIdentity(one, by) : members.some((member) => isSameIdentity(member, by));
  });
}

/** Those named as identities: each group stands for its members. */
export function membersOf(named: readonly string[], groups: Groups): readonly string[] {
  // Own names only: a group may be called `constructor`.
  return named.flatMap((one) => (Object.hasOwn(groups, one) ? (groups[one] ?? []) : [one]));
}
