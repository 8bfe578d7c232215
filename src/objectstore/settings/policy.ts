import { compareTexts } from '../../domain/compare.ts';
import { readObject } from '../../domain/json-fields.ts';
import type { JsonObject } from '../../domain/json.ts';
import { isOpen, reaches, statementLine, statementsOf } from './policy-statements.ts';
import { jsonAnswer, readSetting, removeSetting, writeSetting } from './query.ts';
import type { BucketSetting } from './setting.ts';

/** The bucket policy as the server takes it; null: none. */
export const policy: BucketSetting<JsonObject | null> = {
  name: 'policy',
  wanted: ({ policy: wanted }) => (wanted === undefined ? undefined : wanted === 'none' ? null : plain(wanted)),
  read: async (handle) => {
    const answer = await readSetting(handle, 'policy', 'the policy', 'NoSuchBucketPolicy');
    return answer === null || answer.trim() === '' ? null : readObject(jsonAnswer(handle, 'the policy', answer));
  },
  write: (handle, value) =>
    value === null
      ? removeSetting(handle, 'policy', 'the policy')
      : writeSetting(handle, 'policy', 'the policy', JSON.stringify(value)),
  show: (value) => statementsOf(value).map(statementLine).sort(compareTexts),
  loses: (found, wanted) => {
    const before = statementsOf(found).filter(isOpen);
    return statementsOf(wanted)
      .filter((statement) => isOpen(statement) && !before.some((other) => reaches(other, statement)))
      .map((statement) => `everybody may, without credentials: ${statementLine(statement)}`);
  },
};

/** Without the fields that are not there. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
