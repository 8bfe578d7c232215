import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { entries, readIfThere, writeFileAtomically } from '../files.ts';
import { Known } from '../known.ts';
import { Settling } from '../settling.ts';
import { isOfCluster, ruleFilesOf } from './rule-files.ts';

export interface RuleKeeperOptions {
  /** The directory of rules that vmalert reads. Files that are not of the cluster are left alone. */
  readonly rules: string;
  /** A directory of its own, where rules are tried. */
  readonly home: string;
  /** Why vmalert refuses a file of rules; null when it takes it. */
  readonly refusal: (file: string) => Promise<string | null>;
  /** Told which rules are refused. */
  readonly tell: (what: string) => void;
}

/**
 * Keeps the rules in ConfigMaps of the cluster where vmalert reads its rules. One that vmalert refuses would keep it from all
 * others: it is told of, and what was taken of it before stays.
 */
export class RuleKeeper {
  readonly configMaps = new Known(() => {
    this.#settling.changed();
  });
  readonly #options: RuleKeeperOptions;
  /** What was refused, by file: it is neither tried nor told again. */
  readonly #refused = new Map<string, string>();
  readonly #settling: Settling;

  constructor(options: RuleKeeperOptions) {
    this.#options = options;
    this.#settling = new Settling({ work: () => this.#keep(), tell: options.tell });
  }

  /** Why vmalert does not have the rules of the cluster; null when it does, but for those that it refuses. */
  get trouble(): string | null {
    return this.#settling.trouble;
  }

  async #keep(): Promise<void> {
    const { rules } = this.#options;
    const files = this.configMaps.all().flatMap(ruleFilesOf);
    for (const { name, text, of } of files) {
      if (readIfThere(join(rules, name)) === text || this.#refused.get(name) === text) continue;
      const why = await this.#refusal(name, text);
      if (why === null) {
        this.#refused.delete(name);
        writeFileAtomically(join(rules, name), text);
      } else {
        this.#refused.set(name, text);
        this.#options.tell(`vmalert refuses the rules of ${of}: ${why}`);
      }
    }
    const wanted = new Set(files.map(({ name }) => name));
    for (const name of entries(rules).filter(isOfCluster)) if (!wanted.has(name)) rmSync(join(rules, name));
  }

  async #refusal(name: string, text: string): Promise<string | null> {
    const draft = join(this.#options.home, name);
    writeFileAtomically(draft, text);
    try {
      return await this.#options.refusal(draft);
    } finally {
      rmSync(draft, { force: true });
    }
  }
}
