import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { groupOf } from '../identity.ts';
import { apiService } from './api-service.ts';
import { certManagerCertificate } from './cert-manager-certificate.ts';
import { conditions } from './conditions.ts';
import { cronJob } from './cron-job.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { daemonSet } from './daemon-set.ts';
import { deployment } from './deployment.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { ingress } from './ingress.ts';
import { isFinishedJob, job } from './job.ts';
import { kyvernoCelPolicy, kyvernoPolicy } from './kyverno-policy.ts';
import { namespace } from './namespace.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';
import { persistentVolume } from './persistent-volume.ts';
import { isPlainData } from './plain-data.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';
import { pod } from './pod.ts';
import { replicaSet } from './replica-set.ts';
import { service } from './service.ts';
import { shippedRuleFor } from './shipped-rules.ts';
import { statefulSet } from './stateful-set.ts';
import { ready, type Judge, type Status } from './status.ts';
import { terminatingStatus } from './terminating.ts';
import { veleroLocation, veleroSchedule } from './velero-setting.ts';
import { veleroWork } from './velero-work.ts';
import { webhookConfiguration } from './webhook-configuration.ts';

/** Rules by group and kind; the version does not matter. */
const JUDGES: Readonly<Record<string, Judge>> = {
  '/Namespace': namespace,
  '/PersistentVolume': persistentVolume,
  '/PersistentVolumeClaim': persistentVolumeClaim,
  '/Pod': pod,
  '/ReplicationController': replicaSet,
  '/Service': service,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhookConfiguration,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhookConfiguration,
  'apiextensions.k8s.io/CustomResourceDefinition': customResourceDefinition,
  'apiregistration.k8s.io/APIService': apiService,
  'apps/DaemonSet': daemonSet,
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/StatefulSet': statefulSet,
  'autoscaling/HorizontalPodAutoscaler': horizontalPodAutoscaler,
  'batch/CronJob': cronJob,
  'batch/Job': job,
  'cert-manager.io/Certificate': certManagerCertificate,
  'kyverno.io/ClusterPolicy': kyvernoPolicy,
  'kyverno.io/Policy': kyvernoPolicy,
  'networking.k8s.io/Ingress': ingress,
  'policy/PodDisruptionBudget': podDisruptionBudget,
  'velero.io/Backup': veleroWork,
  'velero.io/BackupRepository': veleroLocation,
  'velero.io/BackupStorageLocation': veleroLocation,
  'velero.io/DataDownload': veleroWork,
  'velero.io/DataUpload': veleroWork,
  'velero.io/PodVolumeBackup': veleroWork,
  'velero.io/PodVolumeRestore': veleroWork,
  'velero.io/Restore': veleroWork,
  'velero.io/Schedule': veleroSchedule,
  ...Object.fromEntries(
    ['DeletingPolicy', 'GeneratingPolicy', 'ImageValidatingPolicy', 'MutatingPolicy', 'ValidatingPolicy']
      .flatMap((kind) => [kind, `Namespaced${kind}`])
      .map((kind) => [`policies.kyverno.io/${kind}`, kyvernoCelPolicy]),
  ),
};

/** Kinds whose pods a stall verdict is asked of, and that findings are told of one by one. */
const WORKLOADS = new Set([
  '/Pod',
  '/ReplicationController',
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'batch/Job',
]);

/** The status of any object. */
export function judge(object: KubernetesObject): Status {
  // A Job that has ended stays so: its own time to live deletes it.
  const goes = object.metadata.deletionTimestamp !== undefined && !isFinishedJob(object);
  if (goes) return terminatingStatus(object);
  const rule = JUDGES[groupAndKind(object)];
  if (rule) return rule(object);
  if (isAlwaysReady(object)) return ready('exists');
  return shippedRuleFor(object)?.judge(object) ?? conditions(object);
}

/** Whether the answer for a kind is always the same, so that nothing has to be watched for it. */
export function isAlwaysReady(kind: KindRef): boolean {
  return JUDGES[groupAndKind(kind)] === undefined && isPlainData(kind);
}

/** Whether nothing but what the object says of itself tells of it: kinds of operators. */
export function isJudgedByItsWords(kind: KindRef): boolean {
  return JUDGES[groupAndKind(kind)] === undefined && !isPlainData(kind);
}

export function isWorkload(kind: KindRef): boolean {
  return WORKLOADS.has(groupAndKind(kind));
}

function groupAndKind(kind: KindRef): string {
  return `${groupOf(kind.apiVersion)}/${kind.kind}`;
}
