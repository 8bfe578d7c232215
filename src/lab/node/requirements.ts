import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readIfThere } from '../files.ts';
import { LabFailure } from '../failure.ts';
import { isExecutable } from '../tools/lookup.ts';
import { hierarchies } from './cgroups.ts';

/** Debian's directory first, then upstream's. */
const CNI_DIRECTORIES = ['/usr/lib/cni', '/opt/cni/bin'];
const CNI_PLUGINS = ['bridge', 'host-local', 'loopback'];
const PROGRAMS = ['containerd', 'ctr', 'runc', 'ip', 'mount', 'umount', 'tar'];
const CONTROLLERS = ['cpu', 'cpuset', 'memory', 'pids'];
/** Bits of the kernel's capability set. */
const CAPABILITIES = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21 };

/** What this machine lacks for a real node, in words; empty when it can have one. Changes nothing. */
export function nodeLacks(env: NodeJS.ProcessEnv = process.env): string[] {
  if (process.platform !== 'linux') return [`Linux (this is ${process.platform})`];
  if (process.getuid?.() !== 0) return ['root (containers, mounts and a bridge are made)'];
  return [
    ...missingCapabilities(),
    ...PROGRAMS.filter((name) => programPath(name, env) === undefined).map((name) => `the program ${name}`),
    ...(cniDirectory() === undefined ? [`the CNI plugins ${CNI_PLUGINS.join(', ')}`] : []),
    // A kubelet and its device plugins meet at an address that every kubelet has.
    ...(existsSync('/var/lib/kubelet/config.yaml') ? ['freedom from a cluster that it belongs to'] : []),
    ...missingControllers().map((name) => `the control group controller ${name}`),
  ];
}

/** @throws LabFailure that names all that is missing and how to get it */
export function requireNode(): void {
  const lacks = nodeLacks();
  if (lacks.length === 0) return;
  throw new LabFailure(
    `This machine cannot have a real node. It lacks ${lacks.join(', ')}.`,
    'node',
    'On Debian or Ubuntu run `sh scripts/node-packages.sh` as root, then this again; or bring the lab up without `--with node`.',
  );
}

/** Where a program of the system is: on PATH, or where Debian keeps those of the administrator. */
export function programPath(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const directories = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin'];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

export function cniDirectory(): string | undefined {
  return CNI_DIRECTORIES.find((directory) => CNI_PLUGINS.every((plugin) => isExecutable(join(directory, plugin))));
}

function missingCapabilities(): string[] {
  const set = BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(readIfThere('/proc/self/status') ?? '')?.[1] ?? '0'}`);
  return Object.entries(CAPABILITIES).flatMap(([name, bit]) => ((set >> BigInt(bit)) & 1n ? [] : [name]));
}

function missingControllers(): string[] {
  const mounted = hierarchies();
  const unified = mounted.find(({ version, path }) => version === 2 && existsSync(join(path, 'cgroup.controllers')));
  const controllers = new Set([
    ...mounted.flatMap(({ controllers: of }) => of),
    ...(readIfThere(join(unified?.path ?? '', 'cgroup.controllers')) ?? '').trim().split(' '),
  ]);
  return CONTROLLERS.filter((name) => !controllers.has(name));
}
