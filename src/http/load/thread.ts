// Carries a load in a thread of its own, so that what the worker does besides delays no request, and a load delays no heartbeat.
import { parentPort, workerData } from 'node:worker_threads';
import type { Load } from '../../domain/load/load.ts';
import type { Wire } from './connection.ts';
import { LoadGenerator } from './generator.ts';

const { load, wire } = workerData as { readonly load: Load; readonly wire: Wire };
const generator = new LoadGenerator(load, wire);
parentPort?.once('message', () => {
  generator.stop('ended from outside');
});
const result = await generator.run((progress) => {
  parentPort?.postMessage({ progress });
});
parentPort?.postMessage({ result });
parentPort?.close();
