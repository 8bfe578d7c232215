import { z } from 'zod';
import type { DecisionPolicy } from './environment.ts';
import { DURATION_PATTERN, durationMs } from './duration.ts';
import { freeze, holdOf, type Hold } from './freeze.ts';
import { isAmong, isGroup, membersOf } from './identity.ts';
import { identity, moment, name } from './kinds/common.ts';
import { LIMITS } from './limits.ts';
import type { Reference } from './reference.ts';
import { API_VERSION } from './rollout.ts';
import type { StepDemand, StepShape } from './shape.ts';
import type { WarrantRules } from './drill/warrant.ts';

const signerKey = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(1_000)
    .describe('Ed25519 public key: `ssh-ed25519 AAAA...` as in authorized_keys, or base64 SPKI as openssl writes it.'),
  validAfter: moment.optional(),
  validBefore: moment.optional(),
  revoked: z.boolean().default(false).describe('A key that is revoked signs nothing, whenever it was used.'),
});
export type SignerKey = z.output<typeof signerKey>;

const gateDemand = z.strictObject({
  reason: z.string().min(1).max(500),
  approvers: z
    .array(identity)
    .min(1)
    .describe('Groups of this policy or identities: one of them must approve, or as many as are required.'),
  required: z.int().min(1).max(20).optional().describe('How many of them must approve; one when absent.'),
  kinds: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Step kinds (`postgres.*` for a family); all when absent.'),
  targets: z.array(name).min(1).optional().describe('Names of targets; all when absent.'),
  destructive: z.boolean().default(false).describe('Only where the plan destroys data.'),
});

const warrants = z.strictObject({
  valid: z
    .string()
    .regex(DURATION_PATTERN, 'must be a duration such as 90d')
    .default('90d')
    .describe(
      'How long schedules of drills hold that are made without `--until`, as the command line takes it from here.',
    ),
  longest: z
    .string()
    .regex(DURATION_PATTERN, 'must be a duration such as 366d')
    .default('366d')
    .describe('How long a schedule may hold after it was signed.'),
  revoked: z.array(identity).default([]).describe('Ids of warrants (`windlass schedule list`) that count no more.'),
});

/** `HOST:PORT`, `*.DOMAIN:PORT` or `[IPv6]:PORT`, within a pattern. */
const SERVER = String.raw`(\*\.)?[^*\s:/]+(:[0-9]{1,5})|\[[0-9a-fA-F:.]+\]:[0-9]{1,5}`;
const endpoint = z
  .string()
  .regex(
    new RegExp(String.raw`^(in-cluster|${SERVER}|(/(?!\.\.?(/|$))[^/\s*]+)+)$`),
    'must be HOST:PORT, *.DOMAIN:PORT, in-cluster or an absolute directory',
  );
const download = z.string().regex(new RegExp(String.raw`^(\*|${SERVER})$`), 'must be HOST:PORT, *.DOMAIN:PORT or *');

const load = z.strictObject({
  server: endpoint.describe('HOST:PORT or *.DOMAIN:PORT.'),
  rate: z.number().gt(0).describe('Requests a second at most.'),
  connections: z.int().min(1).default(50).describe('Connections at most.'),
  for: z
    .string()
    .regex(DURATION_PATTERN, 'must be a duration such as 5m')
    .default('5m')
    .describe('How long one load may last.'),
});
/** How much load a server may be put under. */
export type LoadBound = z.output<typeof load>;

const environmentPolicy = z.strictObject({
  signatures: z.enum(['required', 'optional']).default('required'),
  selfApproval: z.boolean().default(false).describe('Whether whoever started a rollout may approve its gates.'),
  signers: z
    .record(identity, z.array(signerKey).min(1))
    .default({})
    .describe('Keys of each identity. Whoever has one always signs.'),
  groups: z.record(name, z.array(identity)).default({}).describe('Members of approver groups.'),
  starters: z
    .array(identity)
    .default([])
    .describe('Groups or identities that may start rollouts and drills; everybody whose signature stands when empty.'),
  gates: z.array(gateDemand).default([]).describe('Gates that every rollout has here, whatever its file says.'),
  references: z
    .strictObject({
      variables: z
        .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, 'must be a variable, or how its name begins, and *'))
        .default([]),
      directories: z.array(z.string().regex(/^\//, 'must be an absolute path')).default([]),
    })
    .default({ variables: [], directories: [] })
    .describe('What references may be resolved: environment variables of the worker, files below directories.'),
  endpoints: z
    .array(endpoint)
    .describe(
      'Servers that targets and webhooks may be: HOST:PORT, *.DOMAIN:PORT, in-cluster for the cluster of the worker, or a directory below which Git repositories are.',
    ),
  downloads: z
    .array(download)
    .default([])
    .describe('Servers that artifacts may be downloaded from, beside `endpoints`; * for every one.'),
  loads: z
    .array(load)
    .default([])
    .describe('Servers that steps of kind load may put under load, and how much of it; no server when empty.'),
  limits: z
    .strictObject({
      steps: z.int().min(1).default(1_000),
      files: z.int().min(1).default(20_000),
      artifact: z
        .int()
        .min(1)
        .max(LIMITS.artifact.most)
        .default(LIMITS.artifact.most)
        .describe('Bytes of an artifact that is downloaded or copied.'),
    })
    .prefault({}),
  workers: z
    .array(z.string().min(1).max(1_000))
    .default([])
    .describe(
      'Public keys of the workers (`windlass worker key`). Where any is named, entries of the record that none of them has sealed are no evidence.',
    ),
  simulated: z
    .enum(['counts', 'apart'])
    .default('apart')
    .describe(
      'Whether what is simulated or rests on a stand-in earns points of the readiness; else it is counted apart.',
    ),
  warrants: warrants
    .prefault({})
    .describe('What schedules of drills are signed with: it stands for their firings until a day.'),
  freeze: z.array(freeze).max(100).default([]).describe('When nothing may be started or applied.'),
});

/** What a worker lets happen in one environment. */
export type EnvironmentPolicy = z.output<typeof environmentPolicy> & {
  /** Built in for a lab of this machine; absent in what a file says. */
  readonly lab?: true;
};

/** The file that `WINDLASS_POLICY` names. */
export const policyFile = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('Policy'),
  metadata: z.strictObject({ name }),
  spec: z.strictObject({ environments: z.record(name, environmentPolicy) }),
});
export type PolicyFile = z.output<typeof policyFile>;

/** What decisions, commands and starts are judged by. */
export interface DecisionRules {
  readonly signatures: 'required' | 'optional';
  readonly selfApproval: boolean;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly signers: Readonly<Record<string, readonly SignerKey[]>>;
}

/**
 * The rules of a policy, made narrower by what a bundle asks for, and never wider: a bundle is brought by whoever starts
 * it. Its keys count where the policy takes unsigned messages anyway, and has no key of its own for that identity.
 */
export function narrowed(policy: EnvironmentPolicy, asked: DecisionPolicy): DecisionRules {
  const groups = Object.entries(asked.groups).map(([group, members]) => {
    const known = ownOf(policy.groups, group);
    return [group, known === undefined ? members : members.filter((member) => known.includes(member))] as const;
  });
  const keys = Object.entries(policy.signatures === 'optional' ? asked.keys : {}).map(
    ([by, key]): [string, readonly SignerKey[]] => [by, [{ key, revoked: false }]],
  );
  return {
    signatures: policy.signatures === 'required' ? 'required' : asked.signatures,
    selfApproval: policy.selfApproval && asked.selfApproval,
    groups: { ...policy.groups, ...Object.fromEntries(groups) },
    signers: { ...Object.fromEntries(keys), ...policy.signers },
  };
}

/** The gates that a policy demands of a step. Approvers stand as identities: a bundle has no say in who belongs to them. */
export function demandsOf(
  policy: EnvironmentPolicy,
  { kind, target }: Pick<StepShape, 'kind' | 'target'>,
): StepDemand[] {
  return policy.gates
    .filter(({ kinds, targets }) => {
      const fits = kinds?.some((one) => one === kind || (one.endsWith('.*') && kind.startsWith(one.slice(0, -1))));
      return (fits ?? true) && (targets === undefined || (target !== null && targets.includes(target)));
    })
    .map(({ reason, approvers, destructive, required }) => ({
      reason,
      destructive,
      approvers: membersOf(approvers, policy.groups),
      ...(required === undefined || required === 1 ? {} : { required }),
    }));
}

/** Whether a policy lets somebody start. */
export function mayStart({ starters, groups }: EnvironmentPolicy, by: string): boolean {
  return !isGroup(groups, by) && (starters.length === 0 || isAmong(by, starters, groups));
}

/** The freeze that holds at a time, in milliseconds since the epoch; null when none does. */
export function freezeAt({ freeze: all }: EnvironmentPolicy, now: number): Hold | null {
  for (const one of all) {
    const hold = holdOf(one, now);
    if (hold !== null) return hold;
  }
  return null;
}

/** How warrants of schedules are judged. */
export function warrantRules({ warrants: { longest, revoked } }: EnvironmentPolicy): WarrantRules {
  return { longestMs: durationMs(longest), revoked };
}

/** Why a key does not count at a time; null when it does. */
export function keyDenial({ revoked, validAfter, validBefore }: SignerKey, now: number): string | null {
  if (revoked) return 'is revoked';
  if (validAfter !== undefined && now < Date.parse(validAfter)) return `is not valid before ${validAfter}`;
  if (validBefore !== undefined && now >= Date.parse(validBefore)) return `was valid before ${validBefore}`;
  return null;
}

/** Whether the variable that a reference reads may be read; true for one that reads none. */
export function mayReadVariable({ references }: EnvironmentPolicy, reference: Reference): boolean {
  const variable = 'fromFile' in reference ? null : 'fromEnv' in reference ? reference.fromEnv : reference.fromEnvFile;
  if (variable === null) return true;
  return references.variables.some((one) =>
    one.endsWith('*') ? variable.startsWith(one.slice(0, -1)) : one === variable,
  );
}

/** Whether a server may be reached. @param address `host:port`, `in-cluster`, or an absolute path without `..`. */
export function mayReach({ endpoints }: EnvironmentPolicy, address: string): boolean {
  return lists(endpoints, address);
}

/** Whether an artifact may be downloaded from a server. @param address `host:port`. */
export function mayDownload({ downloads, endpoints }: EnvironmentPolicy, address: string): boolean {
  return downloads.includes('*') || lists([...downloads, ...endpoints], address);
}

/** How much load a server may be put under, by the first entry that names it; null where none does. */
export function loadBound({ loads }: EnvironmentPolicy, address: string): LoadBound | null {
  return loads.find(({ server }) => lists([server], address)) ?? null;
}

function lists(all: readonly string[], address: string): boolean {
  // Directories are told apart by large and small letters; what is below one has no way out of it.
  if (address.startsWith('/')) return all.some((one) => address === one || address.startsWith(`${one}/`));
  const wanted = canonical(address);
  return all.map(canonical).some((allowed) => {
    return allowed.startsWith('*.')
      ? wanted.endsWith(allowed.slice(1)) && wanted !== allowed.slice(1)
      : allowed === wanted;
  });
}

/**
 * One form of an address: drivers and URLs write an IPv6 host with and without brackets, short and long, in either case; the
 * parser of URLs (RFC 5952) shortens it.
 */
function canonical(address: string): string {
  const [, host, port] = /^\[?([0-9a-fA-F:.]*:[0-9a-fA-F:.]*)\]?:(\d+)$/.exec(address) ?? [];
  const url = `http://[${host ?? ''}]/`;
  return host !== undefined && port !== undefined && URL.canParse(url)
    ? `${new URL(url).hostname}:${port}`
    : address.toLowerCase();
}

/** Own names only: a group may be called `constructor`. */
function ownOf<T>(of: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}
