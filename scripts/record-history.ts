// Keeps the history of a workflow for the replay tests: record-history.ts WORKFLOW_ID FILE.json [RUN_ID]
// What tells of the machine it was recorded on (identities, stack traces, build ids) is taken out; replay needs none of it.
import { writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

const [workflowId, file, runId] = process.argv.slice(2);
if (workflowId === undefined || file === undefined)
  throw new Error('usage: record-history.ts WORKFLOW_ID FILE.json [RUN_ID]');
const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233' });
try {
  const client = new Client({ connection, namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default' });
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const events = JSON.parse(historyToJSON(history)) as unknown;
  const LOCAL = new Set(['identity', 'stackTrace', 'buildId', 'binaryChecksum', 'workerVersion', 'stickyTaskQueue']);
  const text = JSON.stringify(
    { workflowId, history: events },
    (key, value: unknown) => (LOCAL.has(key) ? undefined : value),
    1,
  );
  // Sticky task queues are named after process and host.
  writeFileSync(file, `${text.replaceAll(/\d+@[\w.-]+/g, 'worker')}\n`);
} finally {
  await connection.close();
}
