import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import { canonicalVersion } from '../../domain/migration-name.ts';
import { byNumber, isAfter, type VersionOrder } from '../../domain/migration-order.ts';
import { isVersion, numberOf } from '../../domain/migration-naming.ts';
import type { LedgerRow } from './ledger.ts';
import type { Migration } from '../migration.ts';
import { wayBackWithin, type Migrations } from './migration.ts';

/** A file with its row in the ledger and what is to be done. */
export type Entry =
  | { readonly is: 'applied'; readonly migration: Migration; readonly row: LedgerRow }
  | {
      readonly is: 'pending';
      readonly migration: Migration;
      readonly row: LedgerRow | null;
      /** The file that would take it back; null where there is none. */
      readonly down: Migration | null;
    }
  | { readonly is: 'baseline'; readonly migration: Migration; readonly row: null }
  /** Later than the version to be at. */
  | { readonly is: 'left-out'; readonly migration: Migration; readonly row: null }
  | { readonly is: 'repair'; readonly migration: Migration | null; readonly row: LedgerRow; readonly repair: Repair }
  /** Applied, and to be taken back by the file `by`. */
  | { readonly is: 'undo'; readonly migration: Migration; readonly row: LedgerRow; readonly by: Migration };

type Repair = PostgresMigrateSpec['repair'][number];
type Wishes = Pick<PostgresMigrateSpec, 'database' | 'to' | 'baseline' | 'repair'>;

/** What is to be taken back comes first, newest first; then files in their order. */
export function reconcile(
  { up, down, order }: Migrations,
  rows: readonly LedgerRow[],
  spec: Wishes,
  hasTables: boolean,
): readonly Entry[] {
  const judge = new Judge({ up, down, order }, rows, spec, hasTables);
  const known = new Set(up.map((migration) => judge.rowOf(migration)));
  const gone = rows.filter((row) => !known.has(row)).flatMap((row) => judge.gone(row));
  const entries = [...gone, ...up.map((migration) => judge.file(migration))];
  judge.assertFits();
  const undo = entries.filter(({ is }) => is === 'undo').reverse();
  return [...undo, ...entries.filter(({ is }) => is !== 'undo')];
}

class Judge {
  readonly #down: Migrations['down'];
  readonly #order: VersionOrder;
  readonly #rows: ReadonlyMap<string, LedgerRow>;
  readonly #names: ReadonlyMap<string, LedgerRow>;
  readonly #spec: Wishes;
  readonly #baseline: string | null;
  readonly #to: string | null;
  readonly #newest: string;
  readonly #highest: string;
  readonly #wrong: string[] = [];

  constructor({ down, order }: Migrations, rows: readonly LedgerRow[], spec: Wishes, hasTables: boolean) {
    this.#down = down;
    this.#order = order;
    this.#spec = spec;
    this.#rows = new Map(rows.map((row) => [row.version, row]));
    this.#names = new Map(rows.map((row) => [row.file, row]));
    const begins = rows.length === 0 && hasTables && spec.baseline !== undefined;
    this.#baseline = begins ? canonicalVersion(spec.baseline?.version ?? '0') : null;
    this.#to = spec.to === undefined ? null : canonicalVersion(spec.to);
    const ran = rows.filter(({ kind }) => kind !== 'repeatable').map(({ version }) => version);
    const last = (by: VersionOrder): string => ran.reduce((a, b) => (by(a, b) > 0 ? a : b), '0');
    this.#newest = last(order);
    this.#highest = last(byNumber);
  }

  /** @throws WindlassFailure `LedgerMismatch` with everything that does not fit. */
  assertFits(): void {
    if (this.#wrong.length === 0) return;
    throw new WindlassFailure('LedgerMismatch', this.#wrong.join('; ') + '.', {
      object: `database ${this.#spec.database}`,
      next:
        'Bring back the files as they ran and put what is new into a file with a higher version, or accept what is ' +
        'right all the same with `repair` and a reason; nothing was touched.',
      facts: { problems: this.#wrong },
    });
  }

  /**
   * The row of a file. One whose number it shares with another since, or no more, is known by its name: the versions of such
   * files have their names in them.
   */
  rowOf({ version, name }: Migration): LedgerRow | null {
    const row = this.#rows.get(version);
    if (row !== undefined) return row;
    const named = this.#names.get(name);
    return named !== undefined && numberOf(named.version) === numberOf(version) ? named : null;
  }

  /** A row without its file. */
  gone(row: LedgerRow): readonly Entry[] {
    if (row.kind === 'missing' || row.kind === 'repeatable') return [];
    const repair = this.#repair(row.version, 'missing');
    if (repair !== undefined) return [{ is: 'repair', migration: null, row, repair }];
    this.#wrong.push(`${row.file} ran on ${row.appliedAt}, but its version ${row.version} is not among the files`);
    return [];
  }

  file(migration: Migration): Entry {
    const row = this.rowOf(migration);
    if (migration.kind === 'repeatable')
      return row !== null && row.sha256 === migration.sha256
        ? { is: 'applied', migration, row }
        : { is: 'pending', migration, row, down: null };
    return row === null ? this.#notRun(migration) : this.#ran(migration, row);
  }

  #notRun(migration: Migration): Entry {
    const { version, path } = migration;
    if (this.#isAfter(version, this.#to)) return { is: 'left-out', migration, row: null };
    if (this.#baseline !== null && !this.#isAfter(version, this.#baseline))
      return { is: 'baseline', migration, row: null };
    // Ledgers of before know no dates: what came behind all by their order does so still.
    const late = this.#order(version, this.#newest) < 0 && byNumber(version, this.#highest) < 0;
    if (late && this.#repair(version, 'out-of-order') === undefined)
      this.#wrong.push(`${path} did not run yet, but the later version ${this.#newest} did`);
    return { is: 'pending', migration, row: null, down: this.#down.get(version) ?? null };
  }

  #ran(migration: Migration, row: LedgerRow): Entry {
    if (this.#isAfter(migration.version, this.#to)) return this.#undo(migration, row);
    if (row.kind === 'baseline' || this.#isOf(row, migration)) return { is: 'applied', migration, row };
    const repair = this.#repair(row.version, 'changed');
    if (repair !== undefined) return { is: 'repair', migration, row, repair };
    const [was, is] = [row.sha256.slice(0, 12), migration.sha256.slice(0, 12)];
    this.#wrong.push(
      row.standIn === null
        ? `${migration.path} was changed after it ran on ${row.appliedAt}: ${was} is now ${is}`
        : `${migration.path}: what ran on ${row.appliedAt} only stood in for it (${row.standIn})`,
    );
    return { is: 'applied', migration, row };
  }

  #isOf(row: LedgerRow, migration: Migration): boolean {
    return row.sha256 === migration.sha256 || row.sha256 === migration.standInSha256;
  }

  #undo(migration: Migration, row: LedgerRow): Entry {
    const by = this.#down.get(migration.version) ?? wayBackWithin(migration) ?? undefined;
    if (by !== undefined && row.kind === 'versioned') return { is: 'undo', migration, row, by };
    this.#wrong.push(
      `${migration.path} is later than version ${this.#to ?? ''}, and no file ${migration.wayBack ?? ''}`.trimEnd() +
        ' ' +
        `takes it back: restore a backup of database ${this.#spec.database} from before ${row.appliedAt}`,
    );
    return { is: 'applied', migration, row };
  }

  #repair(version: string, accept: Repair['accept']): Repair | undefined {
    return this.#spec.repair.find((one) => one.accept === accept && isVersion(one.version, version));
  }

  #isAfter(version: string, written: string | null): boolean {
    return written !== null && isAfter(version, written, this.#order);
  }
}
