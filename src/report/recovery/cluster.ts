import { approversNamed } from '../../domain/bundle.ts';
import type { BindingOf } from '../../domain/environment.ts';
import { formatDuration } from '../../domain/duration.ts';
import { restoreRolloutName } from '../../domain/names.ts';
import { ago, list, ofPiece, signing, windlass, type RecoveryContext } from './context.ts';
import { protectedSets, provenWords, unprovenWords, type Protected } from './proof.ts';
import type { RecoveryStep, TargetRunbook } from './runbook.ts';
import { quoted, shellValue } from './shell.ts';
import type { Piece } from './steps.ts';

/** A cluster: Velero and its location, then namespaces from backups, then what the rollout declares besides. */
export function clusterRunbook(
  context: RecoveryContext,
  name: string,
  binding: BindingOf<'kubernetes'>,
): TargetRunbook {
  const sets = protectedSets(context, name);
  const locations = ofPiece(context, 'location', name);
  const velero = [...new Set([...locations.map((step) => step.with.namespace), ...sets.map((set) => set.namespace)])];
  return {
    name,
    kind: 'kubernetes',
    holds: [...declared(context, name), ...sets.map(backedUp)],
    steps: [
      reachable(binding, velero),
      ...velero.map((namespace) =>
        veleroRuns(
          namespace,
          sets.some(({ volumes }) => volumes),
        ),
      ),
      ...locations.map((step) => locationIsThere(context, step)),
      ...sets.map((set) => namespacesAreBack(context, set)),
    ],
  };
}

/** What the rollout puts on the cluster, by namespace. */
function declared(context: RecoveryContext, target: string): readonly string[] {
  const objects = ofPiece(context, 'objects', target).toSorted((a, b) => Number(b.runs) - Number(a.runs));
  const byNamespace = Map.groupBy(objects, ({ namespace }) => namespace);
  return [...byNamespace].map(([namespace, steps]) => {
    const paths = list(steps.map(({ path }) => path));
    return namespace === null ? `what its manifests name: ${paths}` : `namespace ${namespace}: ${paths}`;
  });
}

function backedUp({ namespaces, names, schedules }: Protected): string {
  const by = schedules.length === 0 ? 'no schedule' : `schedule ${list(schedules.map(({ words }) => words))}`;
  return `backups of ${list(namespaces)} under the names ${list(names)}, by ${by}`;
}

function reachable({ kubeconfig, context }: BindingOf<'kubernetes'>, velero: readonly string[]): RecoveryStep {
  const at = context === undefined ? '' : ` --context ${quoted(context)}`;
  const how =
    kubeconfig === undefined
      ? []
      : 'fromFile' in kubeconfig
        ? [`export KUBECONFIG=${quoted(kubeconfig.fromFile)}`]
        : 'fromEnvFile' in kubeconfig
          ? [`export KUBECONFIG="$${kubeconfig.fromEnvFile}"`]
          : [`(umask 077 && printf %s ${shellValue(kubeconfig)} > kubeconfig) && export KUBECONFIG="$PWD/kubeconfig"`];
  return {
    title: 'The cluster answers',
    notes:
      kubeconfig === undefined
        ? ['Windlass reaches it by the service account of its own pod; from elsewhere use a kubeconfig of yours.']
        : [],
    commands: [...how, `kubectl get nodes${at}`, ...velero.map((one) => `kubectl get pods --namespace ${one}${at}`)],
    byHand: [],
  };
}

function veleroRuns(namespace: string, nodeAgent: boolean): RecoveryStep {
  return {
    title: `Velero runs in ${namespace}`,
    notes: [
      'The rollout does not install Velero. Where it is gone, install the version that made the backups, or a newer one, with a plugin for AWS that fits it.',
    ],
    commands: [`kubectl rollout status deployment/velero --namespace ${namespace} --timeout 2m`],
    byHand: [
      `velero install --namespace ${namespace} --provider aws --plugins velero/velero-plugin-for-aws:VERSION --no-default-backup-location --no-secret --use-volume-snapshots=false${nodeAgent ? ' --use-node-agent' : ''}`,
    ],
  };
}

function locationIsThere({ bundle }: RecoveryContext, step: Extract<Piece, { piece: 'location' }>): RecoveryStep {
  const { name, namespace, bucket, prefix, objectStore, isDefault } = step.with;
  const store = bundle.targets[objectStore];
  const by =
    store?.kind !== 's3'
      ? []
      : [
          `printf '[default]\\naws_access_key_id=%s\\naws_secret_access_key=%s\\n' ${shellValue(store.accessKey)} ${shellValue(store.secretKey)} | kubectl create secret generic ${name}-credentials --namespace ${namespace} --from-file=cloud=/dev/stdin`,
          `velero backup-location create ${name} --namespace ${namespace} --provider aws --bucket ${quoted(bucket)}${prefix === undefined ? '' : ` --prefix ${quoted(prefix)}`} --config region=${store.region},s3ForcePathStyle=${String(store.pathStyle)},s3Url=${shellValue(store.endpoint)} --credential ${name}-credentials=cloud${isDefault ? ' --default' : ''}`,
        ];
  return {
    title: `Velero finds its backups by location ${name}`,
    notes: [
      `\`windlass restore\` makes the location where it is missing, as ${step.path} does. On a new cluster Velero takes up to a minute to list what is in the bucket.`,
    ],
    commands: [`velero backup-location get --namespace ${namespace}`, `velero backup get --namespace ${namespace}`],
    byHand: by,
  };
}

function namespacesAreBack(context: RecoveryContext, set: Protected): RecoveryStep {
  const { namespaces, namespace, newest } = set;
  const what = list(namespaces);
  const backup = newest?.backup ?? 'BACKUP';
  const only = namespaces.flatMap((one) => ['--namespace', one]);
  const last = context.restores.findLast((one) => namespaces.every((name) => one.namespaces.includes(name)));
  const ref = `${restoreRolloutName(context.bundle.rollout)} --environment ${context.bundle.environment}`;
  return {
    title: `${what} ${namespaces.length === 1 ? 'is' : 'are'} restored from ${newest === null ? 'a backup' : `backup ${newest.backup}`}`,
    notes: [
      ...provenWords(set, context),
      ...unprovenWords(set, context),
      last === undefined
        ? 'It was never restored in earnest, as far as the record knows.'
        : `Restored in earnest last at ${last.at} (${ago(last.at, context.now)} ago) from ${last.backup}: ${last.holds ? 'without errors' : 'WITH ERRORS'}${last.seconds === null ? '' : `, ${formatDuration(last.seconds * 1_000)} of Velero's time`}${last.items === null ? '' : `, ${String(last.items)} items`}.`,
      approvalWords(context),
      'Before any `windlass start`: what that makes anew is kept by a restore, and its state in the backup does not come back.',
      'Objects that exist are kept; `--update-existing` overwrites them, `--into FROM=TO` restores beside them.',
      ...(newest === null
        ? [
            'No backup is proven: choose one with `velero backup get`, and add --allow-unproven, which the gate will show.',
          ]
        : []),
    ],
    commands: [
      newest === null
        ? windlass(context, 'restore', '--backup', 'BACKUP', ...only, '--allow-unproven', '--plan')
        : windlass(context, 'restore', '--latest-proven', ...only, '--plan'),
      newest === null
        ? windlass(context, 'restore', '--backup', 'BACKUP', ...only, '--allow-unproven')
        : windlass(context, 'restore', '--latest-proven', ...only),
      ['windlass', 'approve', ref, ...signing(context.bundle)].join(' '),
      `windlass watch ${ref}`,
    ],
    byHand: [
      `velero restore create --namespace ${namespace} --from-backup ${backup} --include-namespaces ${namespaces.join(',')} --selector '!windlass.dev/drill' --existing-resource-policy none --wait`,
      `velero restore get --namespace ${namespace}`,
      `velero restore describe RESTORE --namespace ${namespace} --details`,
      ...namespaces.map((one) => `kubectl get all,configmaps,secrets,persistentvolumeclaims --namespace ${one}`),
    ],
  };
}

/** Who opens the gate of a restore. */
function approvalWords({ bundle }: RecoveryContext): string {
  const { groups, selfApproval } = bundle.decisions;
  const named = approversNamed(bundle).map((one) =>
    groups[one] === undefined ? one : `${one} (${list(groups[one])})`,
  );
  return `It waits for an approval by ${list(named, 'anyone')}${selfApproval ? '' : ', but not by who started it'}.`;
}

/** Namespaces that the rollout fills and no backup holds. */
export function clusterUnproven(context: RecoveryContext, target: string): readonly string[] {
  const kept = new Set(protectedSets(context, target).flatMap(({ namespaces }) => namespaces));
  const filled = ofPiece(context, 'objects', target).flatMap(({ namespace }) => namespace ?? []);
  const bare = [...new Set(filled)].filter((namespace) => !kept.has(namespace));
  return bare.length === 0
    ? []
    : [
        `${list(bare)}: IN NO BACKUP of this rollout; only what its manifests declare comes back, by \`windlass start\`.`,
      ];
}
