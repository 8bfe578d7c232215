// Builds dist/: the programs with all that they import in few files, since opening a thousand modules takes most of a start,
// and the workflows as the one file that a worker hands to Temporal. Types are checked apart, by `make typecheck`.
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { build } from 'esbuild';
import { BUNDLING, WORKFLOWS } from './bundling.ts';

const root = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

await rm(root('dist'), { recursive: true, force: true });
const programs = build({
  ...BUNDLING,
  entryPoints: [
    ...['cli/main', 'client', 'client-main', 'worker', 'promises', 'http/load/thread'],
    ...['lab/pod-inputs/main', 'lab/ingress/main', 'lab/rules/main', 'lab/dolphinscheduler/main'],
  ].map((name) => root(`src/${name}.ts`)),
  outbase: root('src'),
  outdir: root('dist'),
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
});
const workflows = bundleWorkflowCode({ ...WORKFLOWS, logger: new DefaultLogger('WARN') });
await programs;
await writeFile(root('dist/workflow-bundle.js'), (await workflows).code);
