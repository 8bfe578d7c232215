import { z } from 'zod';

/** `approval`: a bare gate; what people read is the `approval.reason` of the step. */
export const approval = z.strictObject({});
