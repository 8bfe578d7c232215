/** Why an object may be stuck, and how long that may last before it is called a stall. */
export interface Suspicion {
  /** The same trouble of the same container keeps its key, so that its age can be told. */
  readonly key: string;
  /** Absent when no pod could be made, or none is meant. */
  readonly pod?: string;
  /** Absent for a pod that was not even scheduled. With `init` it is an init container. */
  readonly container?: string;
  readonly init?: boolean;
  readonly reason: string;
  readonly message: string;
  /**
   * When the cluster met it last, in milliseconds by the cluster's clock, where it is tried again in pauses that grow: what was met
   * before the last change says nothing, until it is met again. Absent where that is not known.
   */
  readonly metAt?: number;
  /** `Infinity` for what is worth telling and never a verdict. */
  readonly graceMs: number;
}

/**
 * How long trouble may last. Registries and volumes hiccup, dependencies come up late and their clients crash once or
 * twice, autoscalers need time to bring a node, programs need time to start: none of that is a stall. A wrong image name
 * does not heal.
 */
export interface Graces {
  readonly hopelessMs: number;
  readonly imageMs: number;
  readonly configMs: number;
  readonly crashMs: number;
  /** Of a Job's pods: its own back-off limit is the better judge. */
  readonly jobCrashMs: number;
  readonly unschedulableMs: number;
  /** When an autoscaler has said that it brings a node, or a gate holds the pod. */
  readonly scaleUpMs: number;
  readonly volumeMs: number;
  /** Quota, admission webhooks, Pod Security. */
  readonly admissionMs: number;
  /** A running container whose readiness or liveness probe fails. */
  readonly probeMs: number;
  readonly nodeMs: number;
  readonly deletedMs: number;
}

/** @internal exported for its tests */
export const GRACES: Graces = {
  hopelessMs: 0,
  imageMs: 10_000,
  configMs: 15_000,
  crashMs: 15_000,
  jobCrashMs: 300_000,
  unschedulableMs: 30_000,
  scaleUpMs: 300_000,
  volumeMs: 60_000,
  admissionMs: 20_000,
  probeMs: 180_000,
  nodeMs: 60_000,
  deletedMs: 10_000,
};

/** Whoever allows more time to become ready expects a slow start: half of it, at least, is given to failing probes. */
export function gracesFor(withinMs: number): Graces {
  return { ...GRACES, probeMs: Math.max(GRACES.probeMs, withinMs / 2) };
}
