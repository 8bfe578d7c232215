import { mayStart, type DecisionRules, type EnvironmentPolicy } from '../domain/policy.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import { signatureDenial } from '../policy/signature.ts';
import type { RunRecord } from '../record/record.ts';
import type { Command, RunScope } from '../contract/messages.ts';

type CommandBody = Extract<RecordBody, { type: 'command' }>;

/** A command as it was signed. */
export function commandOf(
  { action, by, comment, signature = '', parking, pausing }: CommandBody,
  { run, bundle }: Pick<RunScope, 'run' | 'bundle'>,
  phase: string,
  step: string,
): Command {
  return {
    ...{ action, run, phase, step, by, comment, signature },
    ...(parking === undefined ? {} : { parking }),
    ...(pausing === undefined ? {} : { pausing }),
    ...(action === 'adopt' ? { bundle } : {}),
  };
}

/**
 * Who has adopted a run, by a command on its record that the policy of now lets stand; null when nobody has.
 *
 * @throws WindlassFailure of the store.
 */
export async function adoptionOf(
  record: Pick<RunRecord, 'read'>,
  policy: EnvironmentPolicy,
  rules: DecisionRules,
  scope: RunScope,
): Promise<string | null> {
  const { environment, rollout, run } = scope;
  const { entries } = await record.read({ environment, rollout, run, types: ['command'] });
  for (const { body, time } of entries) {
    if (body.type !== 'command' || body.action !== 'adopt' || body.denial !== null) continue;
    const command = commandOf(body, scope, '', '');
    const to = { kind: 'command', environment, rollout } as const;
    const denial = signatureDenial(rules, command.by, to, command, Date.parse(time));
    if (denial === null && mayStart(policy, command.by)) return command.by;
  }
  return null;
}
