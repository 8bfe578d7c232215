import { readList, readNumber, readText, read } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { Behind } from '../behind.ts';
import type { LabRecord } from '../record.ts';
import { LOOPBACK } from '../ports.ts';
import type { Backend } from './sites.ts';

/** What a backend answers with: a server of the lab, or why there is none. */
export type Answer =
  | { readonly server: string; readonly address: string }
  | {
      /** A sentence. */
      readonly why: string;
      /** Whether only a lab lacks it. */
      readonly nothingReal: boolean;
    };

/** What is known of the cluster and of the lab. */
export interface Surroundings {
  /** A Service of the cluster. */
  service(namespace: string, name: string): Json | undefined;
  /** The EndpointSlices of a Service. */
  slices(namespace: string, service: string): readonly Json[];
  readonly behind: Behind;
  readonly servers: LabRecord['servers'];
}

/**
 * What stands behind a backend. As with every controller, its Service, the port and a ready pod must be there; pods of simulated
 * nodes answer nothing, so a server of the lab answers in their place where `behind` says which.
 */
export function answerOf({ namespace, service: name, port }: Backend, around: Surroundings): Answer {
  if (name === null) return missing('The backend is no Service, and this lab knows no others.');
  const label = `${namespace}/${name}`;
  const service = around.service(namespace, name);
  if (service === undefined) return missing(`There is no Service ${label}.`);
  const declared = readList(service, 'spec', 'ports').find((one) => namesOf(one).includes(port));
  if (declared === undefined) return missing(`Service ${label} has no port ${port}.`);
  if (!around.slices(namespace, name).some(isReady)) return missing(`No endpoint of Service ${label} is ready.`);
  const key = namesOf(declared)
    .map((one) => `${label}:${one}`)
    .find((one) => around.behind[one] !== undefined);
  if (key === undefined)
    return { why: `Nothing real stands behind Service ${label}:${port} in this lab.`, nothingReal: true };
  const server = around.behind[key] ?? '';
  const [of = '', use = ''] = server.split('/');
  const at = around.servers[of]?.ports[use];
  if (at !== undefined) return { server, address: `${LOOPBACK}:${String(at)}` };
  return { why: `Behind Service ${label}:${port} stands ${server}, which this lab was not given.`, nothingReal: true };
}

function missing(why: string): Answer {
  return { why, nothingReal: false };
}

/** Name and number of a Service's port. */
function namesOf(port: Json): readonly string[] {
  return [readText(port, 'name') ?? '', String(readNumber(port, ['port'], ''))].filter((one) => one !== '');
}

/** As the API documents it: what nobody knows counts as ready. */
function isReady(slice: Json): boolean {
  return readList(slice, 'endpoints').some((endpoint) => read(endpoint, 'conditions', 'ready') !== false);
}
