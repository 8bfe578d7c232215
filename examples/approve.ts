// Starts a rollout and approves its gates: node examples/approve.ts DIRECTORY ENVIRONMENT IDENTITY
import { setTimeout as sleep } from 'node:timers/promises';
import { WindlassClient } from '../src/client.ts';

const [directory = 'examples/minimal', environment = 'lab', by = 'demo'] = process.argv.slice(2);
const client = await WindlassClient.connect();
try {
  const rollout = await client.startDirectory(directory, { environment });
  console.log(`started ${rollout.workflowId}, ${rollout.webUi ?? 'Web UI not known'}`);
  for (;;) {
    const { status, gates } = await client.gates(rollout);
    for (const gate of gates) {
      console.log(`approving ${gate.phase}/${gate.step}: ${gate.reason}`, gate.plan?.lines);
      const answer = await client.decide(rollout, 'approve', { status, gate }, { by });
      if (answer?.accepted === false) throw new Error(answer.reason);
    }
    if (!['running', 'blocked'].includes(status.state)) break;
    await sleep(250);
  }
  const { unchanged } = await client.result(rollout);
  console.log(unchanged ? 'nothing to change' : 'done');
} finally {
  await client.close();
}
