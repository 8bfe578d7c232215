import { request } from 'undici';
import { labPaths } from '../../src/lab/directory.ts';
import { labServer } from '../../src/lab/index.ts';
import { adminAgent } from '../../src/lab/probe.ts';

const REFUSED = 'apiserver_flowcontrol_rejected_requests_total';

/** How many requests the API server of a lab has refused in a level of priority so far, as its metrics have it. */
export async function refusedIn(dir: string, level: string): Promise<number> {
  const dispatcher = adminAgent(labPaths(dir));
  try {
    const port = String(labServer(dir, 'kube-apiserver').ports['https']);
    const { body } = await request(`https://127.0.0.1:${port}/metrics`, { dispatcher });
    const lines = (await body.text()).split('\n');
    const ofLevel = lines.filter((line) => line.startsWith(`${REFUSED}{`) && line.includes(`"${level}"`));
    return ofLevel.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  } finally {
    await dispatcher.close();
  }
}
