import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent } from 'undici';
import { ClusterApi } from '../cluster-api.ts';
import { LOOPBACK } from '../ports.ts';
import { reasonOf } from '../probe.ts';
import { podInputsSettings } from './settings.ts';
import { PodKeeper } from './keeper.ts';
import { keepWatching } from './watching.ts';

// The program of the lab's server `pod-inputs`: see src/lab/servers/pod-inputs.ts.
const { address, ca, certificate, key, port } = podInputsSettings(process.argv.slice(2));
const read = (path: string) => readFileSync(path, 'utf8');
const agent = new Agent({
  connect: { ca: read(ca), cert: read(certificate), key: read(key) },
  // Watches are quiet for long.
  bodyTimeout: 0,
});
const tell = (error: unknown): void => {
  process.stderr.write(`${new Date().toISOString()} ${reasonOf(error)}\n`);
};
const api = new ClusterApi(address, agent);
const keeper = new PodKeeper(api, tell);
let isReady = false;
createServer((_request, response) => {
  response.writeHead(isReady ? 200 : 503).end();
}).listen(port, LOOPBACK);
await keepWatching(
  api,
  keeper,
  () => {
    isReady = true;
  },
  tell,
);
