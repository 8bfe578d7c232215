import { compareTexts } from '../../domain/compare.ts';
import type { DeclaredObject } from '../../domain/declared.ts';
import { piecesOf, type Piece } from '../recovery/steps.ts';
import type { Documented } from './documented.ts';
import { code, heading, list, paragraph, table, type Page, type Text } from '../pages/page.ts';

/** All that the rollout has put onto its targets, by the files and steps that declare it. */
export function inventoryPage({ bundle, objects }: Documented): Page {
  const pieces = piecesOf(bundle);
  const of = <P extends Piece['piece']>(piece: P) =>
    pieces.filter((one): one is Extract<Piece, { piece: P }> => one.piece === piece);
  const images = [...new Set(objects.flatMap((one) => one.images))].sort(compareTexts);
  const databases = of('databases').flatMap(({ target, with: { databases: all, roles } }) => [
    ...all.map(({ name, owner }): readonly Text[] => ['database', code(name), `of ${owner}`, target]),
    ...roles.map(({ name, login }): readonly Text[] => [
      'role',
      code(name),
      login ? 'may log in' : 'is a group',
      target,
    ]),
  ]);
  return {
    file: 'inventory',
    title: 'Inventory',
    blocks: [
      paragraph('What the files and steps of the rollout declare. What is on a target besides is not theirs.'),
      heading('Objects of clusters'),
      ...(objects.length === 0 ? [paragraph('None.')] : []),
      table(
        ['cluster', 'namespace', 'kind', 'name', 'step'],
        objects
          .toSorted((a, b) => compareTexts(keyOf(a), keyOf(b)))
          .map(({ target, namespace = '', kind, name, step }) => [target, namespace, kind, code(name), code(step)]),
      ),
      heading('Databases and roles'),
      ...(databases.length === 0 ? [paragraph('None.')] : []),
      table(['what', 'name', 'detail', 'server'], databases),
      heading('Schemas'),
      list(
        of('schema').map(({ target, path, with: { database } }) => [
          { code: database },
          ` on ${target}, by the step `,
          { code: path },
        ]),
        'None.',
      ),
      heading('Buckets'),
      list(
        of('bucket').map(({ bucket, target, versioning }) => [
          { code: bucket },
          ` on ${target}${versioning === true ? ', with versions' : ''}`,
        ]),
        'None.',
      ),
      heading('Backups'),
      list(
        of('backups').map(({ of: { namespace, name }, namespaces, cron, ttl, path }) => [
          { code: `${namespace}/${name}` },
          ` of ${namespaces.join(', ')}, ${cron === null ? 'by its step' : `at ${cron}`}, kept for ${ttl} (`,
          { code: path },
          ')',
        ]),
        'None.',
      ),
      heading('Images'),
      list(
        images.map((image) => code(image)),
        'None.',
      ),
    ],
  };
}

function keyOf({ target, namespace = '', kind, name }: DeclaredObject): string {
  return [target, namespace, kind, name].join('\u0000');
}
