import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from './contract/messages.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;

/**
 * Names and types as Temporal's operator service takes them.
 *
 * @internal exported for its tests
 */
export const SEARCH_ATTRIBUTE_TYPES: Readonly<Record<string, number>> = Object.fromEntries(
  Object.values(SEARCH_ATTRIBUTES).map((key) => [key.name, KEYWORD]),
);

/**
 * Makes the namespace know Windlass's search attributes. Idempotent; done by every worker and client before the first
 * start, since a workflow that upserts an unknown attribute can make no progress.
 *
 * @throws ServiceError of gRPC when Temporal does not answer or refuses it.
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const known = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTE_TYPES).filter(([name]) => known.customAttributes[name] === undefined);
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
}
