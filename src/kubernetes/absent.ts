import { WindlassFailure } from '../domain/failure.ts';
import type { ObjectRef } from '../domain/kubernetes-api.ts';
import { labelOf } from './identity.ts';

/** The failure of work on objects that are not there; it names them, so that a plan can tell who makes them. */
export function absent(refs: readonly ObjectRef[]): WindlassFailure {
  const labels = refs.map(labelOf);
  const one = labels.length === 1;
  return new WindlassFailure('NotFound', one ? 'It does not exist.' : `These do not exist: ${labels.join(', ')}.`, {
    object: one ? (labels[0] ?? '') : `${String(labels.length)} objects`,
    next: 'Make it in an earlier step, or correct its kind, name or namespace.',
    facts: { objects: labels },
    missing: refs.map((object) => ({ is: 'object', object })),
  });
}
