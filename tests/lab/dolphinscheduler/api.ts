import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { parseJson, type Json } from '../../../src/domain/json.ts';
import { read, readText } from '../../../src/domain/json-fields.ts';
import { standIn, type StandIn } from '../../../src/lab/dolphinscheduler/stand-in.ts';
import type { Code } from '../../../src/lab/dolphinscheduler/state.ts';

/** A password that appears in nothing but requests to log in. */
export const PASSWORD = 'canary-password';

/** A stand-in of a test's own, whose state lasts as long as its directory. */
export async function ownStandIn(options: { firstCode?: Code; directory?: string; task?: number } = {}) {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'windlass-dolphin-'));
  let running: StandIn = await start(0);
  const { port } = running;
  async function start(at: number): Promise<StandIn> {
    return standIn({
      directory,
      port: at,
      users: { admin: PASSWORD, ann: PASSWORD },
      pace: { master: 5, task: options.task ?? 5 },
      firstCode: options.firstCode ?? 23_806_869_434_687,
    });
  }
  return {
    url: `http://127.0.0.1:${String(port)}/dolphinscheduler`,
    loseSessions: () => {
      running.loseSessions();
    },
    /** As when its machine was switched off and on. */
    restart: async () => {
      await running.close();
      running = await start(port);
    },
    [Symbol.asyncDispose]: async () => {
      await running.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Somebody at the API, with or without a session. */
export class Person {
  readonly #url: string;
  #session = '';

  constructor(url: string) {
    this.#url = url;
  }

  async login(userName: string, userPassword = PASSWORD): Promise<Json> {
    const answer = await this.post('/login', { userName, userPassword });
    this.#session = readText(answer.body, 'data', 'sessionId') ?? '';
    return answer.body;
  }

  get = (path: string) => this.#ask('GET', path);
  post = (path: string, form: Record<string, string>) => this.#ask('POST', path, form);
  put = (path: string, form: Record<string, string>) => this.#ask('PUT', path, form);

  async document(path: string, body: object) {
    return this.#send('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body));
  }

  async file(path: string, content: string) {
    const body = `--b\r\nContent-Disposition: form-data; name="file"; filename="f.json"\r\n\r\n${content}\r\n--b--\r\n`;
    return this.#send('POST', path, { 'content-type': 'multipart/form-data; boundary=b' }, body);
  }

  async #ask(method: 'GET' | 'POST' | 'PUT', path: string, form?: Record<string, string>) {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.#send(method, path, type, form === undefined ? null : new URLSearchParams(form).toString());
  }

  async #send(method: 'GET' | 'POST' | 'PUT', path: string, headers: Record<string, string>, body: string | null) {
    const session = this.#session === '' ? {} : { sessionId: this.#session };
    const answer = await request(`${this.#url}${path}`, {
      method,
      headers: { ...headers, ...session },
      body,
      reset: true,
    });
    const text = await answer.body.text();
    const envelope: Json = text === '' ? null : parseJson(text);
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: envelope,
      code: read(envelope, 'code'),
      data: read(envelope, 'data'),
    };
  }
}

/** The form of a definition, as it was recorded. */
export function definitionForm(
  name: string,
  code: string,
  script = 'echo hi',
): Record<'taskDefinitionJson' | 'taskRelationJson' | 'name', string> & Record<string, string> {
  const common = '"flag":"YES","isCache":"NO","taskPriority":"MEDIUM","workerGroup":"default","failRetryTimes":"0"';
  return {
    ...{ name, description: '', globalParams: '[]', locations: '[]', timeout: '0', executionType: 'PARALLEL' },
    taskRelationJson: `[{"name":"","preTaskCode":0,"preTaskVersion":0,"postTaskCode":${code},"postTaskVersion":0,"conditionType":"NONE","conditionParams":{}}]`,
    taskDefinitionJson: `[{"code":${code},"name":"hello","description":"","delayTime":"0","taskType":"SHELL","taskParams":{"localParams":[],"rawScript":${JSON.stringify(script)},"resourceList":[]},${common},"failRetryInterval":"1","timeoutFlag":"CLOSE","timeoutNotifyStrategy":"","timeout":0,"environmentCode":-1,"taskExecuteType":"BATCH","cpuQuota":-1,"memoryMax":-1}]`,
  };
}
