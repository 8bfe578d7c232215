import { isObject, readObject, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';

/** How far a step is: what another attempt must know. */
export interface Progress {
  /** Fingerprints of what was changed by hand and may be overwritten, by workflow. */
  readonly accepted: Readonly<Record<string, string>>;
  /** A start that was asked for, until its run is found. */
  readonly start?: {
    /** The newest instance before it; empty where there was none. */
    readonly after: string;
    /** By which it is found; empty until the server has answered. */
    readonly trigger: string;
  };
}

export function progressIn(resume: Json | undefined): Progress {
  const accepted = Object.entries(readObject(resume, 'accepted')).flatMap(([name, mark]) =>
    typeof mark === 'string' ? [[name, mark] as const] : [],
  );
  const start = readObject(resume, 'start');
  const asked = isObject(resume) && readText(start, 'after') !== undefined;
  return {
    accepted: Object.fromEntries(accepted),
    ...(asked ? { start: { after: readText(start, 'after') ?? '', trigger: readText(start, 'trigger') ?? '' } } : {}),
  };
}

export function progressJson({ accepted, start }: Progress): Json {
  return { accepted, ...(start === undefined ? {} : { start: { ...start } }) };
}
