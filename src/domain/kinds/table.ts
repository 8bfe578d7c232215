import { approvalKind } from './approval.ts';
import { auditKind } from './audit.ts';
import type { StepKindTable } from './descriptor.ts';
import { dolphinschedulerProjectKind } from './dolphinscheduler-project.ts';
import { gitopsExportKind } from './gitops-export.ts';
import { kubernetesAdoptKind } from './kubernetes-adopt.ts';
import { kubernetesApplyKind } from './kubernetes-apply.ts';
import { kubernetesPruneKind } from './kubernetes-prune.ts';
import { kubernetesRecreateKind } from './kubernetes-recreate.ts';
import { kubernetesScaleKind } from './kubernetes-scale.ts';
import { kubernetesSecretKind } from './kubernetes-secret.ts';
import { kubernetesSuspendKind } from './kubernetes-suspend.ts';
import { loadKind } from './load.ts';
import { monitoringVerifyKind } from './monitoring-verify.ts';
import { networkFlowsKind } from './network-flows.ts';
import { objectstoreBucketKind } from './objectstore-bucket.ts';
import { policyReportsKind } from './policy-reports.ts';
import { postgresMigrateKind } from './postgres-migrate.ts';
import { postgresProvisionKind } from './postgres-provision.ts';
import { probeKind } from './probe.ts';
import { veleroBackupKind } from './velero-backup.ts';
import { veleroDrillKind } from './velero-drill.ts';
import { veleroLocationKind } from './velero-location.ts';
import { veleroRestoreKind } from './velero-restore.ts';
import { veleroScheduleKind } from './velero-schedule.ts';

/** Every step kind, in the order in which people are told of them. CONTRIBUTING.md says how to add one. */
export const STEP_KINDS = {
  'kubernetes.adopt': kubernetesAdoptKind,
  'kubernetes.apply': kubernetesApplyKind,
  'kubernetes.prune': kubernetesPruneKind,
  'kubernetes.scale': kubernetesScaleKind,
  'kubernetes.suspend': kubernetesSuspendKind,
  'kubernetes.secret': kubernetesSecretKind,
  'kubernetes.recreate': kubernetesRecreateKind,
  'network.flows': networkFlowsKind,
  audit: auditKind,
  'policy.reports': policyReportsKind,
  'monitoring.verify': monitoringVerifyKind,
  'postgres.provision': postgresProvisionKind,
  'postgres.migrate': postgresMigrateKind,
  'objectstore.bucket': objectstoreBucketKind,
  'dolphinscheduler.project': dolphinschedulerProjectKind,
  'velero.location': veleroLocationKind,
  'velero.schedule': veleroScheduleKind,
  'velero.backup': veleroBackupKind,
  'velero.drill': veleroDrillKind,
  'velero.restore': veleroRestoreKind,
  probe: probeKind,
  load: loadKind,
  'gitops.export': gitopsExportKind,
  approval: approvalKind,
} as const satisfies StepKindTable;
