import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { until } from './poll.ts';

/** Letters that no other test uses: for names of buckets, namespaces, databases, queues. Begins with a letter. */
export function freshName(): string {
  return `t${randomBytes(4).toString('hex')}`;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** A variable of the lab that the tests need. */
export function labVariable(name: string, env: Variables = process.env): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: these tests need the lab`);
  return value;
}

/** The test lab's settings with a store and a Temporal namespace of the caller's own: no rollout or lock is shared. */
export interface OwnSettings {
  readonly settings: Readonly<Record<string, string>>;
  readonly scratch: string;
  readonly remove: () => void;
}

export async function ownSettings(): Promise<OwnSettings> {
  const scratch = mkdtempSync(join(tmpdir(), 'windlass-own-'));
  const lab = Object.entries(process.env).filter(([name]) => /^(WINDLASS_LAB|TEMPORAL)_/.test(name)) as [
    string,
    string,
  ][];
  return {
    scratch,
    settings: {
      ...Object.fromEntries(lab),
      WINDLASS_STORE: pathToFileURL(join(scratch, 'store')).href,
      TEMPORAL_NAMESPACE: await freshNamespace(),
      WINDLASS_WEB_UI: process.env['WINDLASS_LAB_TEMPORAL_UI'] ?? '',
    },
    remove: () => {
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

async function freshNamespace(): Promise<string> {
  const namespace = freshName();
  const connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    const { workflowService } = connection;
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
    // Each service of the server learns of it in its own time.
    await until(() =>
      workflowService.listWorkflowExecutions({ namespace }).then(
        () => true,
        () => false,
      ),
    );
    return namespace;
  } finally {
    await connection.close();
  }
}
