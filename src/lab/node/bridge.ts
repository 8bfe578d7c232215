import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { LabFailure } from '../failure.ts';
import { entries } from '../files.ts';
import { programPath } from './requirements.ts';
import type { NodeNames } from './names.ts';

/** Makes the bridge with the machine's address on it. Nothing is routed and no packet filter is touched. */
export function makeBridge({ bridge, gateway }: NodeNames): void {
  if (existsSync(`/sys/class/net/${bridge}`)) removeBridge(bridge);
  ip(bridge, 'link', 'add', 'name', bridge, 'type', 'bridge');
  ip(bridge, 'address', 'add', `${gateway}/24`, 'dev', bridge);
  ip(bridge, 'link', 'set', bridge, 'up');
}

/** Removes the bridge and the ends of pods' cables that still hang on it. */
export function removeBridge(bridge: string): void {
  if (!existsSync(`/sys/class/net/${bridge}`)) return;
  for (const end of entries(`/sys/class/net/${bridge}/brif`))
    spawnSync(program(), ['link', 'delete', end], { stdio: 'ignore' });
  ip(bridge, 'link', 'delete', bridge);
}

function ip(bridge: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program(), args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new LabFailure(
    `\`ip ${args.join(' ')}\` ended with ${String(status)}: ${stderr.trim()}.`,
    bridge,
    'Look at `ip address`: another interface may have the address.',
  );
}

function program(): string {
  return programPath('ip') ?? 'ip';
}
