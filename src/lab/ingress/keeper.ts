import { readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import { readBehind } from '../behind.ts';
import type { ClusterApi } from '../cluster-api.ts';
import type { LabPaths } from '../directory.ts';
import { LabFailure } from '../failure.ts';
import { signal } from '../processes/identity.ts';
import { readRecord } from '../record.ts';
import { Settling } from '../settling.ts';
import { run } from '../tools/run.ts';
import { answerOf } from './answers.ts';
import { certificateIn } from './certificate.ts';
import { serversFor } from './configuration.ts';
import { acceptDraft, draftServers, keepCertificate } from './home.ts';
import { Known } from '../known.ts';
import { addressAt, writeAddress } from './load-balancer.ts';
import { sitesOf, type Site } from './sites.ts';

const NGINX = 'nginx';
const SERVICE_OF_SLICE = 'kubernetes.io/service-name';

export interface KeeperOptions {
  readonly api: ClusterApi;
  readonly paths: LabPaths;
  /** The directory and the program of nginx. */
  readonly home: string;
  readonly program: string;
  /** Told what goes wrong, and what is declared and does not hold. */
  readonly tell: (what: string) => void;
}

/** Renders the Ingresses of the cluster each time that something they depend on has changed, and has nginx take it. */
export class IngressKeeper {
  readonly ingresses = this.#known();
  readonly classes = this.#known();
  readonly services = this.#known();
  readonly slices = this.#known();
  readonly certificates = this.#known();
  readonly #options: KeeperOptions;
  #applied: string | null = null;
  #told: readonly string[] = [];
  readonly #settling: Settling;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#settling = new Settling({ work: () => this.#render(), tell: options.tell });
  }

  /** Why nginx does not have what the cluster says; null when it does. */
  get trouble(): string | null {
    return this.#settling.trouble;
  }

  /** To be called whenever something may have changed. One at a time is rendered, and nothing before all is known. */
  changed(): void {
    const known = [this.ingresses, this.classes, this.services, this.slices, this.certificates];
    if (known.every(({ told }) => told)) this.#settling.changed();
  }

  #known(): Known {
    return new Known(() => {
      this.changed();
    });
  }

  async #render(): Promise<void> {
    const { api, paths } = this.#options;
    const { servers } = readRecord(paths);
    const served = this.ingresses.all().filter((ingress) => this.#isServed(ingress));
    const { sites, problems } = sitesOf(served);
    const found = [...problems];
    const around = {
      service: (namespace: string, name: string) => this.services.find(namespace, name),
      slices: (namespace: string, service: string) => this.#slicesOf(namespace, service),
      behind: readBehind(paths),
      servers,
    };
    const text = serversFor(
      sites,
      (backend) => answerOf(backend, around),
      (site) => this.#certificateOf(site, found),
    );
    for (const problem of found) if (!this.#told.includes(problem)) this.#options.tell(problem);
    this.#told = found;
    await this.#apply(text);
    const { http = 0, https = 0 } = servers[NGINX]?.ports ?? {};
    const address = addressAt({ http, https });
    for (const ingress of this.ingresses.all())
      await writeAddress(api, ingress, { address, isServed: served.includes(ingress) });
  }

  /** Whichever controller a class names: this one stands in for it. */
  #isServed(ingress: Json): boolean {
    const name = readText(ingress, 'spec', 'ingressClassName');
    return name !== undefined && this.classes.find('', name) !== undefined;
  }

  #slicesOf(namespace: string, service: string): readonly Json[] {
    return this.slices
      .all()
      .filter(
        (slice) =>
          readText(slice, 'metadata', 'namespace') === namespace &&
          readText(slice, 'metadata', 'labels', SERVICE_OF_SLICE) === service,
      );
  }

  #certificateOf({ host, tls }: Site, problems: string[]): string | null {
    if (tls === null) return null;
    const secret = this.certificates.find(tls.namespace, tls.secret);
    const certificate = secret === undefined ? null : certificateIn(secret);
    if (certificate !== null) return keepCertificate(this.#options.home, certificate.digest, certificate.pem);
    const why =
      secret === undefined
        ? 'there is no such Secret of type kubernetes.io/tls'
        : 'it holds no certificate with its key';
    problems.push(`${host ?? ''} has no TLS by Secret ${tls.namespace}/${tls.secret}: ${why}.`);
    return null;
  }

  async #apply(text: string): Promise<void> {
    if (text === this.#applied) return;
    const { home, paths, program } = this.#options;
    const { code, tail } = await run(program, draftServers(home, text));
    if (code !== 0)
      throw new LabFailure(`nginx refuses what was rendered, and keeps what it has: ${tail}`, NGINX, 'Report it.');
    acceptDraft(home);
    this.#applied = text;
    // Where it does not run, it reads them when it is started.
    const process = readRecord(paths).servers[NGINX]?.process;
    if (process !== undefined) signal(process, 'SIGHUP');
  }
}
