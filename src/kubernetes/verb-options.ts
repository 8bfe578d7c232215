import type { InventoryHome } from './inventory/apply-set.ts';
import type { Graces } from './wait/suspicion.ts';

/** What every engine of a Kubernetes step may be given besides its client. */
export interface VerbOptions {
  /** Where it is written down what rollouts own and who acted last; absent: nowhere. */
  readonly inventory?: InventoryHome;
  /** How long trouble of pods may last before it is called a stall. */
  readonly graces?: Graces;
}
