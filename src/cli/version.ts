import { readFileSync } from 'node:fs';
import { installed } from '../installation.ts';

/** The version of Windlass that runs. */
export function version(): string {
  const text = readFileSync(installed('package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
