import { labDirectory, labExists, labPaths } from './directory.ts';
import { readLabEnv } from './env.ts';
import { LOOPBACK } from './ports.ts';
import { readRecord } from './record.ts';

/**
 * `host:port` of everything that the servers of a lab listen on, by the lab's own record, and where its Git repositories are; none where there never was one.
 *
 * @param dir the lab directory; by default WINDLASS_LAB_DIR or the user's own
 * @throws LabFailure when the record cannot be read
 */
export function labAddresses(dir?: string): readonly string[] {
  const paths = labPaths(labDirectory(dir));
  if (!labExists(paths)) return [];
  const { servers } = readRecord(paths);
  // Where the lab has a node, S3 has an address that its pods see.
  const { host } = new URL(readLabEnv(paths.dir).WINDLASS_LAB_S3_ENDPOINT);
  return [
    host,
    paths.git,
    ...Object.values(servers).flatMap(({ ports }) => Object.values(ports).map((port) => `${LOOPBACK}:${String(port)}`)),
  ];
}
