import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { accessOf } from '../../src/kubernetes/client/connection.ts';
import { Transport } from '../../src/kubernetes/client/transport.ts';
import { labKubeconfig } from './cluster.ts';

/** Requests as kubectl sends them when people work by hand, each with the field manager that kubectl gives itself. */
export class ByHand {
  readonly #transport: Transport;

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  static async open(): Promise<ByHand> {
    return new ByHand(new Transport(await accessOf({ kubeconfig: labKubeconfig() })));
  }

  /** `kubectl apply` of an object that is not there, without `--server-side`. */
  async apply(collection: string, object: { readonly metadata: object }): Promise<void> {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(object)}\n` };
    const given = (object.metadata as { annotations?: object }).annotations;
    const metadata = { ...object.metadata, annotations: { ...given, ...annotations } };
    await this.#ask('POST', `${collection}?fieldManager=kubectl-client-side-apply`, 'application/json', {
      ...object,
      metadata,
    });
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
