import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

/** An admission webhook on loopback, under the certificate that the lab's API server itself has. */
export class WebhookServer {
  /** What objects were asked about, dry runs left out. */
  readonly asked: string[] = [];
  /** What it answers; `silent` never does. */
  mode: 'allow' | 'deny' | 'silent' = 'allow';
  readonly #pki: string;
  readonly #server: Server;

  constructor(labKubeconfigPath: string) {
    this.#pki = join(dirname(labKubeconfigPath), 'pki');
    const read = (name: string) => readFileSync(join(this.#pki, name));
    this.#server = createServer({ cert: read('apiserver.crt'), key: read('apiserver.key') }, (request, response) => {
      void this.#answer(request, response);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  /** `clientConfig` of a webhook configuration. */
  get clientConfig(): { url: string; caBundle: string } {
    const { port } = this.#server.address() as AddressInfo;
    const caBundle = readFileSync(join(this.#pki, 'ca.crt')).toString('base64');
    return { url: `https://127.0.0.1:${String(port)}/review`, caBundle };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const review = JSON.parse(body) as { request: { uid: string; name: string; dryRun?: boolean } };
    const { uid, name, dryRun } = review.request;
    if (dryRun !== true) this.asked.push(name);
    if (this.mode === 'silent') return;
    const allowed = this.mode === 'allow';
    const answer = { uid, allowed, ...(allowed ? {} : { status: { message: 'images must be pinned' } }) };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
  }
}
