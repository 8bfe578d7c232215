import { readList, readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { Problem } from '../problem.ts';
import type { AppliedObject } from './identities.ts';

interface DeclaredHost {
  readonly applied: AppliedObject;
  readonly host: string;
  /** Index of the rule. */
  readonly rule: number;
  /** Its paths, each as requests are compared with it. */
  readonly paths: readonly string[];
}

/**
 * Hosts that several rules of one class declare. Of two that declare the same path only one gets the requests, by their age
 * or by chance: that is a problem. Different paths of a host are merged by the API's word, yet not by every controller.
 */
export function hostProblems(applied: readonly AppliedObject[]): {
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
} {
  const problems: Problem[] = [];
  const notes: Problem[] = [];
  const known = new Map<string, DeclaredHost[]>();
  for (const one of applied.filter(isIngress)) {
    const place = JSON.stringify([one.target, readText(one.object.object, 'spec', 'ingressClassName') ?? null]);
    for (const declared of hostsOf(one)) {
      const key = `${place} ${declared.host}`;
      const earlier = known.get(key) ?? [];
      known.set(key, [...earlier, declared]);
      const clash = earlier.find(({ paths }) => paths.some((path) => declared.paths.includes(path)));
      const other = clash ?? earlier.find(({ applied: before }) => before.object !== one.object);
      if (other === undefined) continue;
      const whose = `${nameOf(other.applied)} at ${placeOf(other.applied)}`;
      const path = clash?.paths.find((each) => declared.paths.includes(each));
      if (path === undefined)
        notes.push(
          at(
            declared,
            `the host ${declared.host} is that of ${whose} too: some controllers give all of it to the older one`,
          ),
        );
      else
        problems.push(
          at(declared, `${declared.host} with ${path} is declared by ${whose} already: one of them gets no request`),
        );
    }
  }
  return { problems, notes };
}

function isIngress({ object: { group, kind } }: AppliedObject): boolean {
  return kind === 'Ingress' && group === 'networking.k8s.io';
}

/** Rules without a host are for every host, and meant to be beside others. */
function hostsOf(applied: AppliedObject): readonly DeclaredHost[] {
  return readList(applied.object.object, 'spec', 'rules').flatMap((rule, index) => {
    const host = readText(rule, 'host');
    if (host === undefined || host === '') return [];
    return [{ applied, host, rule: index, paths: readList(rule, 'http', 'paths').map(comparedPath) }];
  });
}

/** A prefix means the same with and without a slash at its end. */
function comparedPath(path: Json): string {
  const written = readText(path, 'path') ?? '/';
  const type = readText(path, 'pathType') ?? 'ImplementationSpecific';
  return `${type} ${type === 'Prefix' ? written.replace(/(.)\/$/, '$1') : written}`;
}

function at({ applied: { object, rendered, reference }, rule }: DeclaredHost, message: string): Problem {
  return rendered ? { ...reference, message } : object.at(['spec', 'rules', rule, 'host'], message);
}

function nameOf({ object: { namespace, name }, namespace: otherwise }: AppliedObject): string {
  return `Ingress ${namespace ?? otherwise ?? 'default'}/${name}`;
}

function placeOf({ object }: AppliedObject): string {
  const { file, line } = object.at(['metadata', 'name'], '');
  return `${file}:${String(line)}`;
}
