import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { labPaths } from '../../../src/lab/directory.ts';
import { killServer, labDown, labReset, readLabEnv, startServer } from '../../../src/lab/index.ts';
import { killAtOnce } from '../../../src/lab/processes/stop.ts';
import { readRecord } from '../../../src/lab/record.ts';
import { openRecord, type RunRecord } from '../../../src/record/record.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Scorecard } from '../../../src/domain/readiness/scorecard.ts';
import type { RecordEntry } from '../../../src/domain/record-entry.ts';
import type { RolloutStatus } from '../../../src/domain/status.ts';
import { windlass, windlassJson, type Outcome } from '../../e2e/support/windlass.ts';
import { until } from '../../support/poll.ts';
import { faultLabDirectory } from './bench.ts';
import type { KillMoment, Victim } from './moments.ts';

/** How long a server that was killed stays away, as until a supervisor starts it again. Milliseconds. */
const AWAY_MS = 2_000;
const LOOK_MS = 200;
/** A demo that takes longer hangs. Milliseconds. */
const LONGEST_MS = 600_000;
/** The name under which the lab's record has the worker of a demo. */
const WORKER = 'demo-worker';

/** What a demo ended with. */
export interface CarriedOut extends Outcome {
  /** Null where it did not come to its end. */
  readonly document: DemoDocument | null;
}

/** The one document of `windlass demo --json`, as far as it is looked at here. */
export interface DemoDocument {
  readonly run: string;
  readonly unchanged: boolean;
  readonly status: RolloutStatus;
}

/** How a rollout stood when something was killed. */
interface Killing {
  /** Steps that had been planned and not verified, as `phase/step`. */
  readonly underWay: readonly string[];
  /** When the server was back, milliseconds since the epoch; for the worker, when it was killed. */
  readonly healedAt: number;
}

/** A lab of its own in which `windlass demo` carries a rollout through, as people have it, while something is killed. */
export class DemoBench {
  readonly dir: string;
  readonly #directory: string;
  readonly #rollout: string;
  #scratch: string;

  private constructor(directory: string, rollout: string) {
    this.#directory = directory;
    this.#rollout = rollout;
    this.dir = faultLabDirectory(rollout);
    this.#scratch = newScratch();
  }

  /**
   * Sees to it that the demo will find no lab.
   *
   * @param directory the rollout.
   * @param rollout its name.
   */
  static async open(directory: string, rollout: string): Promise<DemoBench> {
    const bench = new DemoBench(directory, rollout);
    await bench.forget();
    return bench;
  }

  /** Takes the lab away, and the record: the next demo begins with nothing. */
  async forget(): Promise<void> {
    await labReset(this.dir);
    rmSync(this.#scratch, { recursive: true, force: true });
    this.#scratch = newScratch();
  }

  /** The variables of the lab, once a demo has brought it up. */
  get settings(): Readonly<Record<string, string>> {
    return { ...readLabEnv(this.dir) };
  }

  /** The scorecard of a moment, as `windlass readiness` tells it. */
  async readiness(at: string): Promise<Scorecard> {
    const args = ['readiness', this.#rollout, '--environment', 'lab', '--at', at];
    const { code, document, stderr } = await windlassJson(args, { ...this.settings, WINDLASS_STORE: this.#store });
    if (code !== 0) throw new Error(`windlass readiness ended with ${String(code)}:\n${stderr.slice(-4_000)}`);
    return document as Scorecard;
  }

  /** All that is on record of the rollout. */
  async recorded(): Promise<readonly RecordEntry[]> {
    const { entries, damaged } = await this.#record.read({ environment: 'lab', rollout: this.#rollout });
    if (damaged.length > 0) throw new Error('entries of the record do not read');
    return entries;
  }

  /** Runs the demo to its end: it brings the lab up, seeds it, approves every gate, and starts its worker again where that is gone. */
  async carry(): Promise<CarriedOut> {
    const args = ['demo', this.#directory, '--lab', this.dir, '--json'];
    const settings = { WINDLASS_STORE: this.#store };
    const outcome = await windlass(args, settings, { cwd: this.#scratch, timeout: LONGEST_MS });
    const document = outcome.code === 0 ? (JSON.parse(outcome.stdout) as DemoDocument) : null;
    return { ...outcome, document };
  }

  /** Kills once so many steps are verified, and starts again what was killed; the demo itself does so with its worker. */
  async killAt({ victim, afterSteps, offsetMs }: KillMoment, gaveUp: AbortSignal): Promise<Killing> {
    await until(async () => gaveUp.aborted || (await this.#steps('evidence')).size >= afterSteps, LOOK_MS);
    gaveUp.throwIfAborted();
    await wait(offsetMs);
    const [planned, verified] = await Promise.all([this.#steps('plan'), this.#steps('evidence')]);
    await this.#kill(victim);
    if (victim !== 'worker') {
      await wait(AWAY_MS);
      await startServer(this.dir, victim);
    }
    return { underWay: [...planned].filter((step) => !verified.has(step)), healedAt: Date.now() };
  }

  async close(): Promise<void> {
    await labDown(this.dir);
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  async #kill(victim: Victim): Promise<void> {
    if (victim !== 'worker') {
      await killServer(this.dir, victim);
      return;
    }
    const worker = readRecord(labPaths(this.dir)).servers[WORKER]?.process;
    if (worker === undefined || !(await killAtOnce(worker))) throw new Error('the demo has no worker to kill');
  }

  /** Steps of which the record has an entry of this type: it is there whatever was killed, and asking it costs the rollout nothing. */
  async #steps(type: 'plan' | 'evidence'): Promise<ReadonlySet<string>> {
    const query = { environment: 'lab', rollout: this.#rollout, types: [type] };
    const { entries } = await this.#record.read(query);
    return new Set(entries.map(({ scope }) => `${scope.phase ?? ''}/${scope.step ?? ''}`));
  }

  get #record(): RunRecord {
    return openRecord(openStore(this.#store));
  }

  get #store(): string {
    return pathToFileURL(join(this.#scratch, 'store')).href;
  }
}

function newScratch(): string {
  return mkdtempSync(join(tmpdir(), 'windlass-demo-'));
}
