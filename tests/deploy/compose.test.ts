import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildParser, parse, requiredVariables, ROOT, type ComposeProject } from './compose-project.ts';

const scratch = mkdtempSync(join(tmpdir(), 'windlass-compose-'));
const passwords = Object.fromEntries(requiredVariables().map((name) => [name, `given-${name.toLowerCase()}`]));
/** A version to the second number at least, or the date of a release: what cannot become another image unseen. */
const PINNED = /^[\w./-]+:(v?\d+\.\d+[\w.-]*|RELEASE\.[\dTZ-]+)$/;

let parser: string;
let project: ComposeProject;

function generateEnvironment(directory: string) {
  return spawnSync('sh', [join(directory, 'deploy', 'generate-env.sh')], { encoding: 'utf8' });
}

beforeAll(() => {
  parser = buildParser();
  const { status, output, complaint } = parse(parser, passwords);
  if (status !== 0) throw new Error(complaint);
  project = JSON.parse(output) as ComposeProject;
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('docker-compose.yml', () => {
  test('holds what a rollout needs', () => {
    expect(Object.keys(project.services)).toEqual(
      expect.arrayContaining(['temporal', 'temporal-ui', 'platform-db', 'minio', 'k3s', 'velero-install', 'worker']),
    );
  });

  test('pins every image, those that Velero is told of and those of the Dockerfile included', () => {
    const dockerfile = readFileSync(join(ROOT, 'deploy', 'Dockerfile'), 'utf8');
    const images = [
      ...Object.values(project.services).map(({ image }) => image),
      ...(project.services['velero-install']?.command ?? []).flatMap(
        (word) => /^--(?:image|plugins)=(.+)$/.exec(word)?.[1] ?? [],
      ),
      ...[...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]),
    ];
    expect(images.length).toBeGreaterThan(Object.keys(project.services).length + 2);
    for (const image of images) expect(image).toMatch(PINNED);
  });

  test('builds the worker under the version of this repository', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(project.services['worker']?.image).toBe(`windlass/worker:${version}`);
    expect(project.services['windlass']?.image).toBe(`windlass/worker:${version}`);
  });

  test('publishes ports on loopback alone, and none twice', () => {
    const ports = Object.values(project.services).flatMap(({ ports }) => ports ?? []);
    expect(ports).not.toHaveLength(0);
    for (const port of ports) expect(port).toMatchObject({ host_ip: '127.0.0.1' });
    expect(new Set(ports.map(({ published }) => published)).size).toBe(ports.length);
  });

  test('waits for the health of services that tell it, and for the end of those that end', () => {
    for (const { depends_on: needs } of Object.values(project.services)) {
      for (const [name, { condition }] of Object.entries(needs ?? {})) {
        const { healthcheck } = project.services[name]!;
        expect([name, condition]).toEqual([name, healthcheck ? 'service_healthy' : 'service_completed_successfully']);
      }
    }
  });

  test('gives nothing but the kubelet the run of the kernel', () => {
    const privileged = Object.entries(project.services).filter(([, service]) => service.privileged === true);
    expect(privileged.map(([name]) => name)).toEqual(['k3s']);
  });

  test('names the command that generates the passwords for each one that is unset', () => {
    for (const name of requiredVariables()) {
      const others = Object.fromEntries(Object.entries(passwords).filter(([other]) => other !== name));
      const { status, complaint } = parse(parser, others);
      expect(status).not.toBe(0);
      expect(complaint).toContain(`required variable ${name} is missing a value: run sh deploy/generate-env.sh`);
    }
  });

  test('holds no password of its own', () => {
    const secrets = Object.entries(project.services).flatMap(([name, { environment }]) =>
      Object.entries(environment ?? {})
        .filter(([key, value]) => /PASSWORD|PWD|SECRET|TOKEN/.test(key) || /:\/\/[^/]+:[^/]+@/.test(value ?? ''))
        .map(([key, value]) => ({ name, key, value: value ?? '' })),
    );
    expect(secrets.length).toBeGreaterThan(10);
    for (const { name, key, value } of secrets) {
      const given = Object.values(passwords).some((password) => value.includes(password));
      expect({ name, key, given }).toEqual({ name, key, given: true });
    }
  });
});

describe('deploy/generate-env.sh', () => {
  test('generates every password that the compose file asks for, anew each time and readable by the user alone', () => {
    const environments = ['first', 'second'].map((name) => {
      const directory = join(scratch, name);
      mkdirSync(join(directory, 'deploy'), { recursive: true });
      copyFileSync(join(ROOT, 'deploy', 'generate-env.sh'), join(directory, 'deploy', 'generate-env.sh'));
      expect(generateEnvironment(directory).status).toBe(0);
      expect(statSync(join(directory, '.env')).mode & 0o777).toBe(0o600);
      const lines = readFileSync(join(directory, '.env'), 'utf8').trimEnd().split('\n');
      return Object.fromEntries(lines.map((line) => line.split('=') as [string, string]));
    });
    const [first, second] = environments as [Record<string, string>, Record<string, string>];
    expect(Object.keys(first).sort()).toEqual(requiredVariables());
    const all = [...Object.values(first), ...Object.values(second)];
    expect(new Set(all).size).toBe(all.length);
    for (const value of all) expect(value).toMatch(/^[0-9a-f]{40}$/);
    expect(parse(parser, first).status).toBe(0);
  });

  test('leaves passwords alone that are there: volumes know them', () => {
    const directory = join(scratch, 'kept');
    mkdirSync(join(directory, 'deploy'), { recursive: true });
    copyFileSync(join(ROOT, 'deploy', 'generate-env.sh'), join(directory, 'deploy', 'generate-env.sh'));
    generateEnvironment(directory);
    const before = readFileSync(join(directory, '.env'), 'utf8');
    const { status, stderr } = generateEnvironment(directory);
    expect(status).toBe(1);
    expect(stderr).toContain('stays as it is');
    expect(readFileSync(join(directory, '.env'), 'utf8')).toBe(before);
  });

  test('writes where git does not look', () => {
    expect(readFileSync(join(ROOT, '.gitignore'), 'utf8').split('\n')).toContain('.env');
  });
});
