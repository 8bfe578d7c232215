import { parseArgs } from 'node:util';

/** What the program `rule-keeper` is told. */
export interface RuleKeeperSettings {
  /** URL of the API server. */
  readonly address: string;
  /** The certificate to show it, and its key, by name below `pki` of the lab. */
  readonly identity: string;
  /** The lab's directory. */
  readonly lab: string;
  /** vmalert itself, with which rules are tried. */
  readonly vmalert: string;
  /** Where `/healthz` answers once vmalert has the rules of the cluster. */
  readonly port: number;
}

export function ruleKeeperArguments({ address, identity, lab, vmalert, port }: RuleKeeperSettings): string[] {
  return [`--address=${address}`, `--identity=${identity}`, `--lab=${lab}`, `--vmalert=${vmalert}`, `--port=${port}`];
}

/** @throws TypeError of `node:util` for arguments that are not those of `ruleKeeperArguments` */
export function ruleKeeperSettings(args: readonly string[]): RuleKeeperSettings {
  const text = { type: 'string', default: '' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { address: text, identity: text, lab: text, vmalert: text, port: text },
  });
  return { ...values, port: Number(values.port) };
}
