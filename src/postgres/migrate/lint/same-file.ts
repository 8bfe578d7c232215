import type { Node } from 'libpg-query';
import { as, partsOf } from '../../sql/tree.ts';
import type { Hazard } from './hazards.ts';

/** What only shows over several statements of one transaction. */
export class SameFile {
  readonly #notValid = new Set<string>();

  /** VALIDATE CONSTRAINT lets others write, but not under the lock that ADD ... NOT VALID before it still holds. */
  hazards(statement: Node): readonly Hazard[] {
    const alter = as(statement, 'AlterTableStmt');
    const of = partsOf(alter?.relation);
    return (alter?.cmds ?? []).flatMap((node): readonly Hazard[] => {
      const { subtype, name = '', def } = as(node, 'AlterTableCmd') ?? {};
      if (subtype === 'AT_AddConstraint') {
        const constraint = as(def, 'Constraint');
        if (constraint?.skip_validation === true) this.#notValid.add(`${of.at(-1) ?? ''}.${constraint.conname ?? ''}`);
        return [];
      }
      if (subtype !== 'AT_ValidateConstraint' || !this.#notValid.has(`${of.at(-1) ?? ''}.${name}`)) return [];
      const why = `VALIDATE CONSTRAINT ${name} reads every row in the transaction that added it`;
      return [{ code: 'validate-in-same-file', on: 'relation', of, why, effect: 'scan' }];
    });
  }
}
