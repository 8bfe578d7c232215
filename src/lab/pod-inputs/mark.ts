/** The condition by which a pod says whether what it is given is there. It is in the status, so that no restore brings it along. */
export const INPUTS_FOUND = 'windlass.dev/InputsFound';

/** On a volume claim: what is wrong with the data in it. A new claim, which has no such annotation, is sound. */
export const DAMAGED = 'windlass.dev/damaged';

/** A value that somebody forgot to replace: whoever is given it does not come up. */
export const PLACEHOLDER = 'CHANGE_ME';

/** Why a pod does not come up, in the words of a kubelet. */
export type Obstacle = 'FailedMount' | 'CreateContainerConfigError' | 'CrashLoopBackOff';
