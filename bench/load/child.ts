// `child.ts WHO PORT most|rate SECONDS`: one of the two puts the server under load; prints what it saw as JSON.
import autocannon from 'autocannon';
import { LoadGenerator } from '../../src/http/load/generator.ts';
import type { Load, LoadResult } from '../../src/domain/load/load.ts';

const [who = '', port = '', what = '', time = ''] = process.argv.slice(2);
const RATE = 200;
/** More than either reaches: every connection is busy all the time. */
const BEYOND = 100_000;
const CONNECTIONS = { most: 10, rate: 50 };
const seconds = Number(time);
const mode = what === 'most' ? 'most' : 'rate';
const path = mode === 'most' ? '/now' : '/';

console.log(JSON.stringify(await (who === 'ours' ? ours() : theirs())));

async function ours() {
  const rate = mode === 'most' ? BEYOND : RATE;
  const load: Load = {
    stages: [{ from: rate, to: rate, ms: seconds * 1_000 }],
    ...{ connections: CONNECTIONS[mode], reuse: true, timeoutMs: 10_000, status: 200, abortFromMs: null },
    thresholds: { latency: [], errors: 1 },
  };
  const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: keep-alive\r\n\r\n`;
  const generator = new LoadGenerator(load, {
    host: '127.0.0.1',
    port: Number(port),
    tls: null,
    method: 'GET',
    request,
  });
  const stop = setTimeout(() => {
    generator.stop('enough');
  }, seconds * 1_000);
  const result = await generator.run(() => undefined);
  clearTimeout(stop);
  return { answered: result.answered, seconds: result.seconds, cpu: result.cpuSeconds, percentiles: kept(result) };
}

function kept({ percentiles }: LoadResult) {
  return Object.fromEntries(percentiles.map(([percentile, ms]) => [`p${String(percentile)}`, ms]));
}

async function theirs() {
  const before = process.cpuUsage();
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    duration: seconds,
    connections: CONNECTIONS[mode],
    // It would make up latencies of requests that it thinks it has not sent, half of them shorter than any answer of the server.
    ...(mode === 'rate' ? { overallRate: RATE, ignoreCoordinatedOmission: true } : {}),
  });
  const { user, system } = process.cpuUsage(before);
  const { p50, p75, p90, p99 } = result.latency;
  return {
    ...{ answered: result.requests.total, seconds: result.duration, cpu: (user + system) / 1e6 },
    percentiles: { p50, p75, p90, p99 },
  };
}
