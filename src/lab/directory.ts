import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Everything that the lab keeps, below one directory. */
export interface LabPaths {
  readonly dir: string;
  /** Servers with their ports and processes. */
  readonly record: string;
  /** Variables for those who use the lab; holds secrets. */
  readonly env: string;
  readonly secrets: string;
  /** Which servers stand behind Services of the cluster. */
  readonly behind: string;
  readonly workerKey: string;
  readonly lock: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly logs: string;
  /** What else the lab's VictoriaMetrics scrapes beyond the servers that it knows: files of `file_sd_configs`. */
  readonly targets: string;
  /** Alerting and recording rules that the lab's vmalert evaluates. */
  readonly rules: string;
  /** Git repositories that steps of the lab write to. */
  readonly git: string;
  readonly data: string;
  /** For servers that write to the system's temporary directory: two labs must not meet there. */
  readonly tmp: string;
}

/** The lab directory: what was asked for, else WINDLASS_LAB_DIR, else the default of this user. */
export function labDirectory(asked?: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = asked ?? env['WINDLASS_LAB_DIR'];
  if (named !== undefined && named !== '') return resolve(named);
  return join(labParent(env), 'lab');
}

/** The directory that holds this user's labs. Root's is one that other users can reach, since PostgreSQL runs as another. */
export function labParent(env: NodeJS.ProcessEnv = process.env): string {
  if (process.getuid?.() === 0) return '/var/lib/windlass';
  const state = env['XDG_STATE_HOME'];
  return join(state === undefined || state === '' ? join(homedir(), '.local', 'state') : state, 'windlass');
}

export function labPaths(dir: string): LabPaths {
  return {
    dir,
    record: join(dir, 'lab.json'),
    env: join(dir, 'lab.env'),
    secrets: join(dir, 'secrets.json'),
    behind: join(dir, 'behind.json'),
    workerKey: join(dir, 'worker-key.pem'),
    lock: join(dir, 'lab.lock'),
    kubeconfig: join(dir, 'kubeconfig'),
    pki: join(dir, 'pki'),
    logs: join(dir, 'logs'),
    targets: join(dir, 'targets'),
    rules: join(dir, 'rules'),
    git: join(dir, 'git'),
    data: join(dir, 'data'),
    tmp: join(dir, 'tmp'),
  };
}

/** True when a lab was ever made here. */
export function labExists(paths: LabPaths): boolean {
  return existsSync(paths.record);
}
