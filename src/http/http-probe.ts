import type { Dispatcher } from 'undici';
import { CLOCK } from '../clock.ts';
import type { Expected } from '../domain/evidence/probe.ts';
import { compileExpression, compileValue, type Gives } from '../domain/expression.ts';
import { valueAtPointer } from '../domain/json-pointer.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Json } from '../domain/json.ts';
import { demandedComparison } from '../domain/kinds/comparison.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import { judged, type Asking, type Reading } from '../domain/reading.ts';
import type { Resolved } from '../domain/reference.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import { get, jsonOf, shownAddress, type RequestSettings } from './get.ts';
import type { ServerConnection } from './server-url.ts';

export type HttpProbeSpec = Resolved<Extract<ProbeSpec, { protocol: 'http' }>>;
type JsonQuestion = NonNullable<HttpProbeSpec['json']>;

/** Which value of a body is asked for. */
interface ValueQuestion {
  readonly at?: string | undefined;
  readonly value?: string | undefined;
}

/** `probe` with protocol `http`: a GET, without following redirects. */
export function httpProbeEngine(connection: ServerConnection): StepEngine<HttpProbeSpec> {
  return probeEngine(
    {
      label: (spec) => httpLabel(connection, spec),
      expects: ({ status, contains = null, json }) => ({
        ...{ protocol: 'http', status, contains },
        ...(json === undefined ? {} : { json: { of: wordsOf(json), is: expectedOf(json) } }),
      }),
      ask: (spec, context, ms) => ask(connection, spec, { ...context, ms }),
    },
    CLOCK,
  );
}

/** What is asked, without secrets. */
export function httpLabel(connection: ServerConnection, { path }: Pick<HttpProbeSpec, 'path'>): string {
  return `GET ${shownAddress(connection, path)}`;
}

/**
 * One value of a body that is JSON.
 *
 * @throws WindlassFailure, `asking.signal.reason`, as `get` does.
 */
export async function readHttp(
  connection: ServerConnection,
  spec: { readonly path: string; readonly status: number; readonly json: ValueQuestion } & RequestSettings,
  asking: Asking & { readonly ms: number },
): Promise<Reading> {
  const answer = await get(connection, { path: spec.path, settings: spec }, asking, async (response) => {
    const { statusCode } = response;
    if (statusCode !== spec.status) return { unknown: `answered ${statusCode}` };
    const json = await jsonOf(response);
    return 'unknown' in json ? json : valueIn(json.got, spec.json, 'number');
  });
  return 'unknown' in answer ? answer : answer.got;
}

async function ask(
  connection: ServerConnection,
  spec: HttpProbeSpec,
  asking: Asking & { readonly ms: number },
): Promise<Sighting> {
  const answer = await get(connection, { path: spec.path, settings: spec }, asking, async (response) => {
    const { statusCode: status } = response;
    const observed = { status };
    if (status !== spec.status || (spec.json === undefined && spec.contains === undefined)) {
      await response.body.dump();
      return { met: status === spec.status, seen: `answered ${status}`, observed };
    }
    if (spec.json === undefined) {
      const met = await contains(response, spec.contains ?? '');
      return { met, seen: `answered ${status}${met ? '' : ' without the expected text'}`, observed };
    }
    return understood(response, spec, spec.json);
  });
  return 'unknown' in answer ? { met: false, seen: answer.unknown } : answer.got;
}

async function understood(
  response: Dispatcher.ResponseData,
  { contains: text = '' }: HttpProbeSpec,
  json: JsonQuestion,
): Promise<Sighting> {
  const { statusCode: status } = response;
  const body = await jsonOf(response);
  if ('unknown' in body) return { met: false, seen: body.unknown, observed: { status } };
  const sighting = json.holds === undefined ? compared(body.got, json) : fulfilled(body.got, json.holds);
  const hasText = JSON.stringify(body.got).includes(text);
  const seen = `answered ${status} with JSON in which ${sighting.seen}${hasText ? '' : ', without the expected text'}`;
  return {
    ...sighting,
    met: sighting.met && hasText,
    seen,
    observed: { status, json: sighting.observed ?? sighting.seen },
  };
}

function compared(body: Json, json: JsonQuestion): Sighting {
  const sighting = judged(valueIn(body, json, 'value'), demandedComparison(json));
  return { ...sighting, seen: `${wordsOf(json)} ${sighting.seen}` };
}

function fulfilled(body: Json, holds: string): Sighting {
  const answer = compileExpression(holds).of(body);
  if ('unclear' in answer) return { met: false, seen: `${holds} cannot be told: ${answer.unclear}` };
  return { met: answer.holds, seen: `${holds} ${answer.holds ? 'holds' : 'does not hold'}` };
}

function valueIn(body: Json, { at, value }: ValueQuestion, gives: Gives): Reading {
  if (value !== undefined) {
    const made = compileValue(value, gives)(body);
    return 'unclear' in made ? { unknown: `cannot be told: ${made.unclear}` } : made;
  }
  const found = valueAtPointer(body, at ?? '');
  if (found === undefined) return { unknown: 'is not there' };
  if (typeof found === 'bigint') return { value: Number(found) };
  if (typeof found === 'number' || typeof found === 'string' || typeof found === 'boolean') return { value: found };
  return { unknown: found === null ? 'is null' : `is ${Array.isArray(found) ? 'a list' : 'an object'}` };
}

/** Which value it is, as the subject of a sentence. */
function wordsOf({ at, value, holds }: JsonQuestion): string {
  return holds ?? value ?? (at === '' ? 'the document' : (at ?? ''));
}

function expectedOf(json: JsonQuestion): Expected {
  return json.holds === undefined ? demandedComparison(json) : { holds: json.holds };
}

async function contains({ body }: Dispatcher.ResponseData, text: string): Promise<boolean> {
  let read = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    read += decoder.decode(chunk as Buffer, { stream: true });
    if (read.includes(text)) return true;
    if (read.length > LIMITS.body.most) break;
  }
  return false;
}
