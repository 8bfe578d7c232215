import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boardManifests } from './index.ts';

// Writes the boards into manifests/boards, from which the rollout applies them.

const directory = join(import.meta.dirname, '../manifests/boards');
mkdirSync(directory, { recursive: true });
for (const [file, text] of boardManifests()) writeFileSync(join(directory, file), text);
