import { createHash } from 'node:crypto';
import { readObject, readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';

/** A file of rules that is in a ConfigMap. */
export interface RuleFile {
  /** Below vmalert's directory of rules. */
  readonly name: string;
  readonly text: string;
  /** `ConfigMap watch/rules, alerts.yaml`. */
  readonly of: string;
}

const PREFIX = 'cluster-';

/** Whether a file of this name was made of a ConfigMap. */
export function isOfCluster(name: string): boolean {
  return name.startsWith(PREFIX) && name.endsWith('.yaml');
}

/**
 * The rules in a ConfigMap: each text of it that has `groups`, as Prometheus and vmalert read them. Whether they are any good is for
 * vmalert to say.
 */
export function ruleFilesOf(configMap: Json): readonly RuleFile[] {
  const [namespace, name] = ['namespace', 'name'].map((field) => readText(configMap, 'metadata', field) ?? '');
  return Object.entries(readObject(configMap, 'data')).flatMap(([key, text]) => {
    if (typeof text !== 'string' || !/\.ya?ml$/.test(key) || !/^groups:/m.test(text)) return [];
    const of = `ConfigMap ${namespace ?? ''}/${name ?? ''}, ${key}`;
    return [{ name: nameOf(of), text: `# ${of}\n${text}`, of }];
  });
}

/** Names of namespace, ConfigMap and key together are longer than a file's may be. */
function nameOf(of: string): string {
  return `${PREFIX}${createHash('sha256').update(of).digest('hex').slice(0, 16)}.yaml`;
}
