import type { Check } from '../check.ts';
import { ACCOUNT_CHECKS } from './accounts.ts';
import { BUCKET_CHECKS } from './buckets.ts';
import { CONTROL_PLANE_CHECKS } from './control-plane.ts';
import { IMAGE_CHECKS } from './images.ts';
import { INGRESS_CHECKS } from './ingress.ts';
import { NETWORK_CHECKS } from './network.ts';
import { POD_CHECKS } from './pods.ts';
import { POSTGRES_CHECKS } from './postgres.ts';
import { RBAC_CHECKS } from './rbac.ts';
import { SECRET_CHECKS } from './secrets.ts';
import { SERVICE_CHECKS } from './services.ts';
import { STATE_CHECKS } from './state.ts';

/** Every check, in the order in which people are told of them. */
export const CHECKS: readonly Check[] = [
  ...RBAC_CHECKS,
  ...ACCOUNT_CHECKS,
  ...SECRET_CHECKS,
  ...POD_CHECKS,
  ...NETWORK_CHECKS,
  ...INGRESS_CHECKS,
  ...SERVICE_CHECKS,
  ...CONTROL_PLANE_CHECKS,
  ...IMAGE_CHECKS,
  ...STATE_CHECKS,
  ...POSTGRES_CHECKS,
  ...BUCKET_CHECKS,
];
