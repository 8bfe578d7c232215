import type { BindingOf } from '../../domain/environment.ts';
import { list, ofPiece, type RecoveryContext } from './context.ts';
import type { RecoveryStep, TargetRunbook } from './runbook.ts';
import { quoted, shellValue } from './shell.ts';

/** An object store comes first: without it there is no backup. */
export function storeRunbook(context: RecoveryContext, name: string, binding: BindingOf<'s3'>): TargetRunbook {
  const buckets = ofPiece(context, 'bucket', name);
  const locations = ofPiece(context, 'location').filter((step) => step.with.objectStore === name);
  const backups = new Set(locations.map((step) => step.with.bucket));
  const client = `mc alias set ${name} ${shellValue(binding.endpoint)} ${shellValue(binding.accessKey)} ${shellValue(binding.secretKey)}`;
  const looked = [...new Set([...buckets.map(({ bucket }) => bucket), ...backups])];
  const answer: RecoveryStep = {
    title: `The object store answers and holds ${list(looked, 'its buckets')}`,
    notes:
      backups.size === 0
        ? []
        : [
            `Velero's backups are in ${list([...backups])}. A bucket that is gone took them along: the rollout knows of no second copy. Do not make it anew before whoever runs the store has looked for it.`,
          ],
    commands: [client, ...looked.map((bucket) => `mc ls ${name}/${quoted(bucket)}`)],
    byHand: [],
  };
  const made: readonly RecoveryStep[] =
    buckets.length === 0
      ? []
      : [
          {
            title: 'Buckets that are missing are made again, empty',
            notes: buckets.map(
              ({ path, gated }) =>
                `The start at the end does it too, by ${path}${gated ? ', behind its gate' : ''}; do it now where backups are to go on meanwhile.`,
            ),
            commands: [],
            byHand: buckets.flatMap(({ bucket, versioning }) => [
              `mc mb --ignore-existing ${name}/${quoted(bucket)}`,
              ...(versioning === null
                ? []
                : [`mc version ${versioning ? 'enable' : 'suspend'} ${name}/${quoted(bucket)}`]),
            ]),
          },
        ];
  return {
    name,
    kind: 's3',
    holds: [
      ...buckets.map(({ bucket, path }) => `bucket ${bucket} (${path})`),
      ...locations.map(
        (step) =>
          `backups of Velero in ${step.with.bucket}${step.with.prefix === undefined ? '' : `/${step.with.prefix}`} (${step.path})`,
      ),
    ],
    steps: [answer, ...made],
  };
}

/** What no backup holds: the objects in buckets. */
export function storeUnproven(context: RecoveryContext): readonly string[] {
  const buckets = ofPiece(context, 'bucket').map(({ bucket }) => bucket);
  return buckets.length === 0
    ? []
    : [
        `Objects in bucket ${list(buckets)}: nothing in this rollout copies them elsewhere, so what is lost there is lost.`,
      ];
}
