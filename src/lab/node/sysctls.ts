import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { readIfThere, writeFileAtomically } from '../files.ts';

/** What a kubelet sets for the whole machine when it starts (setupKernelTunables of its container manager). */
const CHANGED = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];
const values = z.record(z.string(), z.string());

/** Keeps the machine's values, unless they are kept already: then what it has now is the kubelet's. */
export function keepSysctls(file: string): void {
  if (existsSync(file)) return;
  const kept = Object.fromEntries(
    CHANGED.flatMap((name) => {
      const value = readIfThere(`/proc/sys/${name}`);
      return value === undefined ? [] : [[name, value.trim()]];
    }),
  );
  writeFileAtomically(file, JSON.stringify(kept));
}

/** Gives the machine its values back. */
export function restoreSysctls(file: string): void {
  const text = readIfThere(file);
  if (text === undefined) return;
  for (const [name, value] of Object.entries(values.parse(JSON.parse(text)))) {
    const path = `/proc/sys/${name}`;
    if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
  }
  rmSync(file);
}
