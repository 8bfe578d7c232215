import { parseArgs } from 'node:util';

/** What the program `ingress-renderer` is told. */
export interface IngressSettings {
  /** URL of the API server. */
  readonly address: string;
  /** The certificate to show it, and its key, by name below `pki` of the lab. */
  readonly identity: string;
  /** The lab's directory. */
  readonly lab: string;
  /** nginx itself, with which a configuration is tried. */
  readonly nginx: string;
  /** Where `/healthz` answers once nginx has what the cluster says. */
  readonly port: number;
}

export function ingressArguments({ address, identity, lab, nginx, port }: IngressSettings): string[] {
  return [`--address=${address}`, `--identity=${identity}`, `--lab=${lab}`, `--nginx=${nginx}`, `--port=${port}`];
}

/** @throws TypeError of `node:util` for arguments that are not those of `ingressArguments` */
export function ingressSettings(args: readonly string[]): IngressSettings {
  const text = { type: 'string', default: '' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { address: text, identity: text, lab: text, nginx: text, port: text },
  });
  return { ...values, port: Number(values.port) };
}
