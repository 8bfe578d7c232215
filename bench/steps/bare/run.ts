import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { RawServer } from '../../kubernetes/raw.ts';
import { seconds } from '../../harness.ts';
import { NAMESPACE } from '../rollouts.ts';
import type { BareActivities } from './activities.ts';

const QUEUE = 'bench-bare';

/** A bare Temporal workflow around raw requests: what durability costs anybody. */
export class Bare {
  readonly #worker: Worker;
  readonly #running: Promise<void>;
  readonly #connection: NativeConnection;
  readonly #server: RawServer;
  readonly #client: Client;
  #runs = 0;

  private constructor(worker: Worker, connection: NativeConnection, server: RawServer, client: Client) {
    this.#worker = worker;
    this.#connection = connection;
    this.#server = server;
    this.#client = client;
    this.#running = worker.run();
  }

  static async start(address: string, kubeconfig: string, client: Client): Promise<Bare> {
    Runtime.install({ logger: new DefaultLogger('WARN') });
    const connection = await NativeConnection.connect({ address });
    const server = new RawServer(kubeconfig, 16);
    const activities: BareActivities = {
      request: async (step) => {
        const name = `bare-${String(step)}`;
        const body = JSON.stringify({
          ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE } },
          data: { step: name },
        });
        const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${name}?fieldManager=bare&force=true`;
        const status = await server.ask('PATCH', path, body, 'application/apply-patch+yaml');
        if (status >= 300) throw new Error(`the server answered ${String(status)}`);
      },
    };
    const worker = await Worker.create({
      connection,
      taskQueue: QUEUE,
      workflowsPath: fileURLToPath(new URL('workflow.ts', import.meta.url)),
      activities: { ...activities },
    });
    return new Bare(worker, connection, server, client);
  }

  async run(steps: number, activities: number): Promise<number> {
    const workflowId = `bench-bare-${String(process.pid)}-${String((this.#runs += 1))}`;
    return seconds(() =>
      this.#client.workflow.execute('bare', { taskQueue: QUEUE, workflowId, args: [steps, activities] }),
    );
  }

  async stop(): Promise<void> {
    this.#worker.shutdown();
    await this.#running;
    await this.#connection.close();
    await this.#server.close();
  }
}
