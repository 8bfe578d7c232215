import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

/**
 * The payload converter inside workflows. Anybody who reaches Temporal may send a payload that is not JSON; the default
 * converter would throw into the workflow task, which Temporal then repeats for ever. Here it is `undefined`, which no
 * message may be, and so it is dropped like every other message of a form that a workflow does not take.
 */
export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload: ((payload) => {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch {
      return undefined;
    }
  }) as PayloadConverter['fromPayload'],
};
