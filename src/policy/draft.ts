import { dirname } from 'node:path';
import { stringify } from 'yaml';
import type { Bundle } from '../domain/bundle.ts';
import type { Json } from '../domain/json.ts';
import { isObject } from '../domain/json-fields.ts';
import { API_VERSION } from '../domain/rollout.ts';
import { addressOfUrl } from '../domain/server-url.ts';

interface Drafted {
  readonly bundle: Bundle;
  /** Servers of its targets, as far as they are known. */
  readonly endpoints: readonly string[];
}

/** A policy that lets rollouts be carried out as their environments ask: to be read, and made narrower. */
export function draftPolicy(drafts: readonly Drafted[]): { readonly text: string; readonly policy: object } {
  const environments = Object.fromEntries(drafts.map((one) => [one.bundle.environment, environmentOf(one)]));
  const policy = { apiVersion: API_VERSION, kind: 'Policy', metadata: { name: 'worker' }, spec: { environments } };
  const head = [
    '# What the worker lets happen, whatever a rollout brings; WINDLASS_POLICY names this file. Drafted from a rollout: read it,',
    '# and take out what need not be.',
  ];
  return { text: `${head.join('\n')}\n${stringify(policy)}`, policy };
}

function environmentOf({ bundle, endpoints }: Drafted) {
  const { signatures, selfApproval, keys, groups } = bundle.decisions;
  const { variables, files } = referencesIn({ ...bundle, decisions: null });
  const downloads = downloadsIn(bundle);
  return {
    signatures,
    selfApproval,
    signers: Object.fromEntries(Object.entries(keys).map(([by, key]) => [by, [{ key }]])),
    groups,
    references: { variables, directories: [...new Set(files.map((file) => dirname(file)))].sort() },
    endpoints,
    ...(downloads.length === 0 ? {} : { downloads }),
  };
}

/** Variables and files that the references of a document name, sorted, each once. */
function referencesIn(document: unknown): { readonly variables: readonly string[]; readonly files: readonly string[] } {
  const variables = new Set<string>();
  const files = new Set<string>();
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isObject(value)) return;
    for (const [key, child] of Object.entries(value)) {
      if (typeof child === 'string' && (key === 'fromEnv' || key === 'fromEnvFile')) variables.add(child);
      else if (typeof child === 'string' && key === 'fromFile') files.add(child);
      else visit(child);
    }
  };
  visit(JSON.parse(JSON.stringify(document)) as Json);
  return { variables: [...variables].sort(), files: [...files].sort() };
}

/** Servers that the artifacts of a bundle are published on, and their mirrors, sorted, each once. */
function downloadsIn({ phases }: Bundle): readonly string[] {
  const urls = phases
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.kind === 'postgres.migrate' ? (step.with.source.artifacts ?? []) : []))
    .flatMap(({ url, mirror }) => [url, mirror])
    .filter((url) => url !== undefined);
  return [...new Set(urls.map((url) => addressOfUrl(new URL(url))))].sort();
}
