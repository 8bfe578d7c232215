import { isList, readList, readText, readTexts } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { Asking } from '../../domain/reading.ts';
import { get, jsonOf, type Answered } from '../../http/get.ts';
import { postJson } from '../../http/post.ts';
import { serverUrl, type ServerConnection } from '../../http/server-url.ts';
import { TEST_LABEL } from './receiver.ts';

/** How long one question may take, in milliseconds. */
const ANSWER_MS = 10_000;

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly startsAt: string;
  readonly endsAt: string;
}

/** What Alertmanager does with an alert. */
export interface Treatment {
  /** Where its routes lead, by name. */
  readonly receivers: readonly string[];
  /** Why nobody is told of it: the rest of a sentence each. */
  readonly muted: readonly string[];
}

/** Alertmanager's API (v2). */
export class Alertmanager {
  readonly #connection: ServerConnection;
  readonly #asking: Asking;

  constructor(connection: ServerConnection, asking: Asking) {
    this.#connection = connection;
    this.#asking = asking;
  }

  /** @throws WindlassFailure as `postJson` does. */
  async post(alert: Alert): Promise<void> {
    const url = serverUrl(this.#connection);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/api/v2/alerts`;
    await postJson(url.href, [alert], 'Alertmanager', ANSWER_MS);
  }

  /**
   * What becomes of the test alert with an id; null while it is not known, or where the server does not say.
   *
   * @throws WindlassFailure, `asking.signal.reason`, as `get` does.
   */
  async treatmentOf(id: string): Promise<Treatment | null> {
    const filter = new URLSearchParams({ filter: `${TEST_LABEL}="${id}"` }).toString();
    const answer = await this.#get(`/api/v2/alerts?${filter}`);
    if ('unknown' in answer || !isList(answer.got)) return null;
    const [alert] = answer.got;
    if (alert === undefined) return null;
    const silenced = readTexts(alert, 'status', 'silencedBy');
    const inhibited = readTexts(alert, 'status', 'inhibitedBy');
    // Absent before 0.28.
    const intervals = readTexts(alert, 'status', 'mutedBy');
    return {
      receivers: readList(alert, 'receivers').flatMap((receiver) => readText(receiver, 'name') ?? []),
      muted: [
        ...(await Promise.all(silenced.map((one) => this.#silence(one)))),
        ...(await this.#inhibitors(inhibited)),
        ...intervals.map((one) => `its route is muted by the time interval ${one}`),
      ],
    };
  }

  async #silence(id: string): Promise<string> {
    const answer = await this.#get(`/api/v2/silence/${encodeURIComponent(id)}`);
    const json = 'got' in answer ? answer.got : null;
    const said = [readText(json, 'comment'), readText(json, 'createdBy')].filter((text) => text !== undefined);
    const until = readText(json, 'endsAt');
    return `a silence mutes it${until === undefined ? '' : ` until ${until}`}${said.length === 0 ? '' : `: ${said.join(', ')}`}`;
  }

  async #inhibitors(fingerprints: readonly string[]): Promise<readonly string[]> {
    if (fingerprints.length === 0) return [];
    const answer = await this.#get('/api/v2/alerts');
    const alerts = 'got' in answer && isList(answer.got) ? answer.got : [];
    return fingerprints.map((fingerprint) => {
      const by = alerts.find((alert) => readText(alert, 'fingerprint') === fingerprint);
      return `alert ${readText(by, 'labels', 'alertname') ?? fingerprint} inhibits it`;
    });
  }

  async #get(path: string): Promise<Answered<Json>> {
    const answer = await get(
      this.#connection,
      { path, settings: { headers: {} } },
      { ...this.#asking, ms: ANSWER_MS },
      (response) => jsonOf(response),
    );
    return 'unknown' in answer ? answer : answer.got;
  }
}
