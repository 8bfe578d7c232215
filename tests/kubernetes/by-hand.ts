import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stringify } from 'yaml';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { accessOf } from '../../src/kubernetes/client/connection.ts';
import { Transport } from '../../src/kubernetes/client/transport.ts';
import { toolPath } from '../../src/lab/index.ts';
import { labKubeconfig } from '../support/lab-cluster.ts';

/** Requests as kubectl sends them when people work by hand, each with the field manager that kubectl gives itself. */
export class ByHand {
  readonly #transport: Transport;

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  static async open(): Promise<ByHand> {
    return new ByHand(new Transport(await accessOf({ kubeconfig: labKubeconfig() })));
  }

  /** `kubectl apply` without `--server-side`, by kubectl itself. */
  async apply(namespace: string, objects: readonly object[]): Promise<void> {
    const where = ['--kubeconfig', process.env['WINDLASS_LAB_KUBECONFIG'] ?? '', '--namespace', namespace];
    const child = spawn(await toolPath('kubectl'), [...where, 'apply', '-f', '-'], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdin.end(objects.map((object) => stringify(object)).join('---\n'));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(said);
  }

  /** `kubectl edit`, `label`, `set image`: a patch of what differs. */
  async patch(manager: string, path: string, change: object): Promise<KubernetesObject> {
    const type = 'application/strategic-merge-patch+json';
    return this.#ask('PATCH', `${path}?fieldManager=${manager}`, type, change);
  }

  /** `kubectl scale`. */
  async scale(path: string, replicas: number): Promise<void> {
    await this.#ask('PATCH', `${path}/scale?fieldManager=kubectl`, 'application/merge-patch+json', {
      spec: { replicas },
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #ask(method: 'PATCH' | 'POST', path: string, type: string, body: object): Promise<KubernetesObject> {
    const asked = { verb: 'apply', object: path, secret: false } as const;
    const headers = { 'content-type': type };
    const answer = await this.#transport.ask({ method, path, asked, headers, body: JSON.stringify(body) });
    return JSON.parse(answer.body) as KubernetesObject;
  }
}
