import { Content } from '../bundle/source/content.ts';
import { schemaProblems } from '../bundle/source/schema-problems.ts';
import { YamlSource } from '../bundle/source/yaml-source.ts';
import { problemLine, sortProblems, type Problem } from '../bundle/problem.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { beyond } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { isSameIdentity, membersOf } from '../domain/identity.ts';
import { policyFile, type PolicyFile, type SignerKey } from '../domain/policy.ts';
import { unreachable } from '../domain/quorum.ts';
import { publicKeyOf } from '../domain/public-key.ts';

/**
 * Reads the text of a policy.
 *
 * @param file how it is called in problems.
 * @throws WindlassFailure `Unauthorised` with everything that is wrong, each at its place: what is half understood allows
 *   nothing.
 */
export function parsePolicy(text: string, file: string): PolicyFile {
  const read = readPolicy(text, file);
  if ('policy' in read) return read.policy;
  const lines = sortProblems(read.problems).map(problemLine);
  throw new WindlassFailure('Unauthorised', `The policy cannot be used: ${lines.slice(0, 5).join('; ')}.`, {
    object: file,
    next: 'Mend the file; `windlass policy check FILE` tells all that is wrong.',
    retryable: false,
    facts: { problems: lines.slice(0, 100) },
  });
}

/** The policy, or everything that is wrong in its text. */
export function readPolicy(
  text: string,
  file: string,
): { readonly policy: PolicyFile } | { readonly problems: readonly Problem[] } {
  const at = (message: string) => ({ problems: [{ file, line: 1, column: 1, message }] });
  if (Buffer.byteLength(text) > LIMITS.policy.most) return at(beyond(LIMITS.policy));
  const source = new YamlSource(file, text);
  const [document, second] = source.documents;
  const unread = source.problems();
  if (unread.length > 0) return { problems: unread };
  if (document === undefined || second !== undefined) return at('must hold one document');
  const content = new Content(source, document);
  const parsed = policyFile.safeParse(content.data);
  if (!parsed.success) return { problems: schemaProblems(content, policyFile, new Set()) };
  const problems = keyProblems(content, parsed.data);
  return problems.length === 0 ? { policy: parsed.data } : { problems };
}

const NO_KEY = 'is no Ed25519 public key (ssh-ed25519 AAAA... or base64 SPKI)';

function keyProblems(content: Content, { spec: { environments } }: PolicyFile): readonly Problem[] {
  return Object.entries(environments).flatMap(([environment, policy]) => {
    const { signers, signatures, groups, starters, gates, workers } = policy;
    const path = ['spec', 'environments', environment];
    const keys = Object.entries(signers).flatMap(([by, all]) =>
      all.flatMap(({ key }, index) =>
        publicKeyOf(key) === null ? [content.at([...path, 'signers', by, index, 'key'], NO_KEY)] : [],
      ),
    );
    const sealing = workers.flatMap((key, index) =>
      publicKeyOf(key) === null ? [content.at([...path, 'workers', index], NO_KEY)] : [],
    );
    const both = Object.keys(signers)
      .filter((by) => Object.hasOwn(groups, by))
      .map((by) => content.at([...path, 'signers', by], `"${by}" is a group too: a name is one or the other`));
    const approvers = gates.flatMap((gate, index) =>
      gate.approvers.map((name, nth) => ({ name, at: [...path, 'gates', index, 'approvers', nth] })),
    );
    const wanted = [...starters.map((name, nth) => ({ name, at: [...path, 'starters', nth] })), ...approvers];
    const unknown =
      signatures === 'optional'
        ? []
        : wanted
            .filter(({ name }) => !Object.hasOwn(signers, name) && !Object.hasOwn(groups, name))
            .map(({ name, at }) => content.at(at, `"${name}" is neither a group nor somebody with a key here`));
    const impossible = gates.flatMap(({ approvers: named, required = 1 }, index) => {
      const why = unreachable([{ of: named.join(' or '), among: membersOf(named, groups), count: required }]);
      return why === null ? [] : [content.at([...path, 'gates', index], why)];
    });
    return [...keys, ...twiceProblems(content, path, signers), ...sealing, ...both, ...unknown, ...impossible];
  });
}

/** One key of two identities would let one person be two: approve what they started, and meet a quorum alone. */
function twiceProblems(
  content: Content,
  path: readonly (string | number)[],
  signers: Readonly<Record<string, readonly SignerKey[]>>,
): readonly Problem[] {
  const first = new Map<string, string>();
  return Object.entries(signers).flatMap(([by, keys]) =>
    keys.flatMap(({ key }, index) => {
      const known = publicKeyOf(key)?.export({ type: 'spki', format: 'der' }).toString('base64');
      if (known === undefined) return [];
      const other = first.get(known) ?? by;
      first.set(known, other);
      return isSameIdentity(other, by)
        ? []
        : [
            content.at(
              [...path, 'signers', by, index, 'key'],
              `is the key of "${other}" too: nobody could tell the two apart`,
            ),
          ];
    }),
  );
}
