// Compiles src/ to dist/ and bundles the workflows once, so that a worker starts without a bundler.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
const workflowsPath = fileURLToPath(new URL('../dist/workflows/index.js', import.meta.url));
const payloadConverterPath = fileURLToPath(new URL('../dist/contract/payload-converter.js', import.meta.url));
const logger = new DefaultLogger('WARN');
const { code } = await bundleWorkflowCode({ workflowsPath, payloadConverterPath, logger });
writeFileSync(fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url)), code);
