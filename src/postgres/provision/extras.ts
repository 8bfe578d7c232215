import { escapeIdentifier } from 'pg';
import { PLURALS, grantee, type Granted, type Scope, type Thing, type Wanted } from './privileges.ts';
import { statement, type Statement } from './work.ts';

/** What a role was granted beyond an exclusive grant, and what takes it back. */
export interface Extra {
  /** As people are told. */
  readonly words: string;
  readonly statements: readonly Statement[];
}

/**
 * Everything that a role was granted on the things of a scope beyond what it should have: on the objects themselves and on
 * columns of them, by their owners and by others, with the right to grant it on, and on what anybody makes there later. A
 * REVOKE takes back in the name of one grantor alone, so each has a statement. What the role owns it was not granted.
 */
export function extras({ role, scope, privileges, exclusive }: Wanted, things: readonly Thing[]): readonly Extra[] {
  if (!exclusive) return [];
  const found = things
    .filter(({ owner }) => owner !== role)
    .flatMap((thing) =>
      thing.granted.flatMap((grant) => {
        if (!privileges.includes(grant.privilege)) return [{ thing, grant, option: false }];
        return grant.grantable ? [{ thing, grant, option: true }] : [];
      }),
    );
  const groups = Map.groupBy(found, ({ thing, grant, option }) =>
    JSON.stringify([
      thing.kind,
      thing.kind === 'object' ? '' : [thing.sql, thing.column, thing.owner],
      grantorOf(thing, grant),
      option,
    ]),
  );
  return [...groups.values()].map((group) => extraOf(role, scope, group));
}

interface Beyond {
  readonly thing: Thing;
  readonly grant: Granted;
  /** Whether the privilege itself is wanted, and only the right to grant it on is too much. */
  readonly option: boolean;
}

/** Null where the owner granted it, or whose default it is. */
function grantorOf({ kind }: Thing, { byOwner, grantor }: Granted): string | null {
  return kind === 'later' || kind === 'everywhere' || byOwner ? null : grantor;
}

function extraOf(role: string, scope: Scope, group: readonly Beyond[]): Extra {
  const [{ thing, grant, option }] = group as [Beyond];
  const names = [...new Set(group.map(({ grant: { privilege } }) => privilege))].join(', ');
  const privileges = option ? `the right to grant ${names} on` : names;
  const verb = option ? 'REVOKE GRANT OPTION FOR' : 'REVOKE';
  // What the role has granted on goes with it, or PostgreSQL refuses.
  const cascades = group.some(({ thing: { grantedOn } }) => grantedOn);
  const from = `FROM ${grantee(role)}${cascades ? ' CASCADE' : ''}`;
  const further = cascades ? `, and what ${role} granted on of it` : '';
  if (thing.kind === 'later' || thing.kind === 'everywhere') {
    if (!('owner' in scope)) return { words: '', statements: [] };
    const where = thing.kind === 'later' ? ` IN SCHEMA ${escapeIdentifier(scope.schema)}` : '';
    const sql = `ALTER DEFAULT PRIVILEGES FOR ROLE ${escapeIdentifier(thing.owner)}${where} ${verb} ${names} ON ${PLURALS[scope.on]} ${from}`;
    const place = thing.kind === 'later' ? 'there' : 'in any schema';
    return {
      words: `${privileges} on ${scope.on} that ${thing.owner} makes ${place} later`,
      statements: [statement(sql, [{ role: thing.owner, standing: 'rights' }])],
    };
  }
  const grantor = grantorOf(thing, grant);
  const by = grantor === null ? '' : `, granted by ${grantor}`;
  const needs = grantor === null ? ownersOf(group) : [{ role: grantor, standing: 'member' } as const];
  const as = grantor ?? undefined;
  if (thing.kind === 'column') {
    const column = escapeIdentifier(thing.column ?? '');
    const each = [...new Set(group.map((one) => one.grant.privilege))].map((name) => `${name} (${column})`).join(', ');
    const sql = `${verb} ${each} ON TABLE ${thing.sql} ${from}`;
    return {
      words: `${privileges} of column ${thing.column ?? ''} of ${thing.sql}${by}${further}`,
      statements: [statement(sql, needs, as)],
    };
  }
  const objects = [...new Set(group.map((one) => one.thing.sql))].join(', ');
  const sql = `${verb} ${names} ON ${KEYWORDS[scope.on]} ${objects} ${from}`;
  return { words: `${privileges}${by}${further}`, statements: [statement(sql, needs, as)] };
}

const KEYWORDS = {
  database: 'DATABASE',
  schema: 'SCHEMA',
  tables: 'TABLE',
  sequences: 'SEQUENCE',
  functions: 'ROUTINE',
} as const;

function ownersOf(group: readonly Beyond[]) {
  return [...new Set(group.map(({ thing }) => thing.owner))].map((role) => ({ role, standing: 'rights' }) as const);
}
