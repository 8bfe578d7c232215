import { parseArgs } from 'node:util';

/** What the program `pod-inputs` is told. */
export interface PodInputsSettings {
  /** URL of the API server. */
  readonly address: string;
  /** Files of the authority and of the certificate to show. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Where `/healthz` answers once it knows the whole cluster. */
  readonly port: number;
}

export function podInputsArguments({ address, ca, certificate, key, port }: PodInputsSettings): string[] {
  return [`--address=${address}`, `--ca=${ca}`, `--certificate=${certificate}`, `--key=${key}`, `--port=${port}`];
}

/** @throws TypeError of `node:util` for arguments that are not those of `podInputsArguments` */
export function podInputsSettings(args: readonly string[]): PodInputsSettings {
  const text = { type: 'string', default: '' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { address: text, ca: text, certificate: text, key: text, port: text },
  });
  return { ...values, port: Number(values.port) };
}
