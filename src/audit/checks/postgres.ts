import type { DatabaseServerFacts, RoleFacts, Seen } from '../../domain/audit.ts';
import type { Check, Fault, Unseen } from '../check.ts';

/** Methods that ask for nothing. */
const OPEN = 'trust';
/** Addresses of the machine itself, as the file and the view write them. */
const OWN = /^(127\.\d+\.\d+\.\d+|::1|localhost|samehost)(\/|$)/;

/** Who may do what on PostgreSQL servers. */
export const POSTGRES_CHECKS: readonly Check[] = [
  ofRoles(
    {
      id: 'postgres-superuser',
      severity: 'high',
      claim: 'no role that logs in is a superuser, but the one that the server was made with',
      mend: 'ALTER ROLE ... NOSUPERUSER, and grant what is needed (pg_monitor, pg_read_all_data, ownership of its databases).',
    },
    ({ superuser, login, bootstrap }) => superuser && login && !bootstrap,
    'is a superuser and may log in',
  ),
  ofRoles(
    {
      id: 'postgres-connection-limit',
      severity: 'low',
      claim: 'every role that logs in has a connection limit',
      mend: 'ALTER ROLE ... CONNECTION LIMIT n: one client that leaks connections locks out all others.',
    },
    ({ superuser, login, connectionLimit }) => login && !superuser && connectionLimit < 0,
    'may take every connection of the server',
  ),
  ofRoles(
    {
      id: 'postgres-expiry',
      severity: 'low',
      claim: 'the password of every role ends some day',
      mend: "ALTER ROLE ... VALID UNTIL '...', and a rotation that moves it.",
    },
    ({ superuser, login, validUntil }) => login && !superuser && validUntil === null,
    'may log in for ever',
  ),
  {
    id: 'postgres-public-create',
    severity: 'high',
    claim: 'nobody may create objects in the schema public without a grant of their own',
    mend: 'REVOKE CREATE ON SCHEMA public FROM PUBLIC: who may create there lets others run their functions.',
    stands: [],
    needs: [],
    find: ({ facts }) =>
      facts.databases.flatMap(({ server, databases }) =>
        inEach(databases, `server ${server}`, ({ name, publicCreate }) =>
          judged(publicCreate, `database ${name} at ${server}`, (open) =>
            open ? 'lets everybody create in the schema public' : null,
          ),
        ),
      ),
  },
  {
    id: 'postgres-owner-superuser',
    severity: 'medium',
    claim: 'no database is owned by a superuser',
    mend: 'ALTER DATABASE ... OWNER TO a role of its own: what runs as the owner runs as a superuser otherwise.',
    stands: [],
    needs: [],
    find: ({ facts }) =>
      facts.databases.flatMap(({ server, databases, roles }) => {
        if ('unseen' in roles) return [{ where: `server ${server}`, unseen: roles.unseen }];
        const superusers = new Set(roles.value.filter(({ superuser }) => superuser).map(({ name }) => name));
        return inEach(databases, `server ${server}`, ({ name, owner }) =>
          // The maintenance database comes with the server, and is nobody's.
          superusers.has(owner) && name !== 'postgres'
            ? [{ where: `database ${name} at ${server}`, what: `is owned by the superuser ${owner}` }]
            : [],
        );
      }),
  },
  ofHba(
    {
      id: 'postgres-trust',
      severity: 'critical',
      claim: 'nobody logs in over the network without a password or certificate',
      mend: 'Replace trust by scram-sha-256 or cert in pg_hba.conf, and reload.',
    },
    (address) => address !== null && !OWN.test(address),
  ),
  ofHba(
    {
      id: 'postgres-trust-local',
      severity: 'medium',
      claim: 'nobody logs in on the server’s own machine without a password or certificate',
      mend: 'Replace trust by peer (sockets) or scram-sha-256 in pg_hba.conf, and reload.',
    },
    (address) => address === null || OWN.test(address),
  ),
];

type Partly = Pick<Check, 'id' | 'severity' | 'claim' | 'mend'>;

function ofRoles(check: Partly, isWrong: (role: RoleFacts) => boolean, what: string): Check {
  return {
    ...check,
    stands: [],
    needs: [],
    find: ({ facts }) =>
      facts.databases.flatMap(({ server, roles }) =>
        inEach(roles, `server ${server}`, (role) =>
          isWrong(role) ? [{ where: `role ${role.name} at ${server}`, what }] : [],
        ),
      ),
  };
}

function ofHba(check: Partly, isThere: (address: string | null) => boolean): Check {
  const fault = (
    { server }: DatabaseServerFacts,
    rule: {
      readonly line: number;
      readonly address: string | null;
      readonly users: readonly string[];
      readonly databases: readonly string[];
    },
  ): Fault => ({
    where: `pg_hba line ${rule.line} at ${server}`,
    what: `trusts ${rule.users.join(', ')} for ${rule.databases.join(', ')}${rule.address === null ? ' over sockets' : ` from ${rule.address}`}`,
  });
  return {
    ...check,
    stands: [],
    needs: [],
    find: ({ facts }) =>
      facts.databases.flatMap((server) =>
        inEach(server.hba, `server ${server.server}`, (rule) =>
          rule.method === OPEN && isThere(rule.address) ? [fault(server, rule)] : [],
        ),
      ),
  };
}

function inEach<T>(
  seen: Seen<readonly T[]>,
  where: string,
  find: (one: T) => readonly (Fault | Unseen)[],
): readonly (Fault | Unseen)[] {
  return 'unseen' in seen ? [{ where, unseen: seen.unseen }] : seen.value.flatMap(find);
}

function judged<T>(seen: Seen<T>, where: string, wrong: (value: T) => string | null): readonly (Fault | Unseen)[] {
  if ('unseen' in seen) return [{ where, unseen: seen.unseen }];
  const what = wrong(seen.value);
  return what === null ? [] : [{ where, what }];
}
