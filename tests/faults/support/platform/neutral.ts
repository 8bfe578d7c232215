import { compareTexts } from '../../../../src/domain/compare.ts';
import { jsonText, parseJson, type Json } from '../../../../src/domain/json.ts';

/** A moment or a day, as servers write it. */
const MOMENT = /\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00(?::?00)?)?)?/g;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Each lab has an authority of its own; in JSON, line ends are escaped. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
/** The volume with the token of a pod, whose name the API server makes up. */
const TOKEN_VOLUME = /\bkube-api-access-[a-z0-9]{5}\b/g;
/** A word of the lab that is shorter may be anybody's, such as `default`. */
const SHORTEST = 9;

/** Takes out of a value what is of one lab or one run alone, so that what two of them left can be compared. */
export class Neutral {
  readonly #words: readonly (readonly [string, string])[];
  readonly #uids: ReadonlyMap<string, string>;

  /**
   * @param words what is replaced, and by what.
   * @param uids whose each is; others are told to be of nobody.
   */
  constructor(words: ReadonlyMap<string, string>, uids: ReadonlyMap<string, string> = new Map()) {
    // The longest first: one may be a part of another.
    this.#words = [...words].toSorted(([a], [b]) => b.length - a.length || compareTexts(a, b));
    this.#uids = uids;
  }

  /** The same, for objects that refer to each other by their uids. */
  knowing(uids: ReadonlyMap<string, string>): Neutral {
    return new Neutral(new Map(this.#words), uids);
  }

  text(text: string): string {
    return this.#words
      .reduce((so, [from, to]) => so.replaceAll(from, to), text)
      .replaceAll(MOMENT, '<moment>')
      .replaceAll(CERTIFICATE, '<certificate>')
      .replaceAll(TOKEN_VOLUME, 'kube-api-access-<of the pod>')
      .replaceAll(UID, (uid) => this.#uids.get(uid) ?? '<uid>');
  }

  of(value: Json): Json {
    return parseJson(this.text(jsonText(value)));
  }
}

/** Each setting of a lab as its name: passwords, keys, addresses, directories. */
export function settingsAsWords(env: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(env).flatMap(([name, value]) => (value.length < SHORTEST ? [] : [[value, `<${name}>`]])),
  );
}
