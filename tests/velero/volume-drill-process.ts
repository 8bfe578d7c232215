import { readFileSync } from 'node:fs';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { labStore } from '../objectstore/support.ts';
import { drillVolumes } from './volume-drill.ts';

// A drill of the volumes in a process of its own, to be killed: kubeconfig, step. The object store by its variables.
const [kubeconfig = '', step = ''] = process.argv.slice(2);
const client = await openKubernetes({ kubeconfig: readFileSync(kubeconfig, 'utf8') });
await drillVolumes(step, client, labStore());
await client.close();
