import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LabPaths } from './directory.ts';
import { writeFileAtomically } from './files.ts';
import { LOOPBACK } from './ports.ts';

/**
 * Lets the lab's VictoriaMetrics scrape `/metrics` of a port of this machine, whether the lab has one now or later.
 *
 * @param job what its series are labelled with, and whom it is taken for: one target a job.
 */
export function writeTarget({ targets }: LabPaths, job: string, port: number): void {
  const file = [{ targets: [`${LOOPBACK}:${port}`], labels: { job } }];
  writeFileAtomically(join(targets, `${job}.json`), `${JSON.stringify(file)}\n`);
}

/** It is scraped no longer. Does nothing where it never was. */
export function removeTarget({ targets }: LabPaths, job: string): void {
  rmSync(join(targets, `${job}.json`), { force: true });
}
