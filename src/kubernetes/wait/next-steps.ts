const IMAGE = 'Check the name of the image and the access to its registry, then retry.';
const CRASH = 'Look at the log of the container, remove the cause, then retry.';
const VOLUME = 'Look at the claim, its storage class and the events of the pod, remove the cause, then retry.';
const WEBHOOK = 'Look at the webhook that is named: correct what it refuses, or mend its server, then retry.';

/** What an operator can do about a stall, by its reason. */
const NEXT: Readonly<Record<string, string>> = {
  CrashLoopBackOff: CRASH,
  CreateContainerConfigError: 'Make the Secret, ConfigMap or key that is named, or correct its name, then retry.',
  Deleted: 'Find out who deleted it; a retry makes it anew.',
  ErrImageNeverPull: 'Put the image on the nodes, or let it be pulled (imagePullPolicy).',
  ErrImagePull: IMAGE,
  Evicted: 'Look at what the nodes lack (memory, disk), or at who evicts the pods, then retry.',
  FailedAttachVolume: VOLUME,
  FailedBinding: VOLUME,
  FailedCreatePodSandBox: 'Look at the network plug-in and the container runtime of the node, then retry.',
  FailedMount: 'Make the Secret, ConfigMap or volume that is named, or correct its name, then retry.',
  ImagePullBackOff: IMAGE,
  InvalidImageName: 'Correct the name of the image.',
  NodeNotReady: 'Bring the node back, or delete it so that its pods are made anew elsewhere, then retry.',
  OOMKilled: 'Raise the memory limit of the container or lower its need, then retry.',
  Paused: 'Resume the Deployment (spec.paused: false), or set wait: false for it.',
  PodSecurityViolated: 'Correct the security context of the pods, or the level of the namespace, then retry.',
  PodTerminating: 'Look at the node and the finalizers of the pod, then retry.',
  PolicyDenied: 'Correct what the policy refuses, then retry.',
  ProbeFailing: 'Look at the log of the container and at its probe; a slow start wants a startupProbe. Then retry.',
  ProbeKilled:
    'The kubelet kills it because of its probe: look at the log; a slow start wants a startupProbe. Then retry.',
  ProvisioningFailed: VOLUME,
  QuotaExceeded: 'Raise the quota of the namespace, or ask for less, then retry.',
  SchedulingGated: 'Find out who is to remove the scheduling gate, then retry.',
  ServiceAccountMissing: 'Make the service account, then retry.',
  Terminating: 'Look at the finalizers of the object and at who is to remove them, then retry.',
  Unschedulable: 'Make room on the nodes, or correct what the pod asks of them, then retry.',
  VolumeUnbound: VOLUME,
  WebhookDenied: WEBHOOK,
  WebhookFailed: WEBHOOK,
};

export function nextOf(reason: string): string {
  return NEXT[reason] ?? 'Look at the events of the object and of its pods, remove the cause, then retry.';
}
