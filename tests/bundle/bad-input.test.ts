import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';
import { rolloutOf } from './scratch.ts';

const KINDS = Object.keys(STEP_KINDS)
  .map((kind) => `"${kind}"`)
  .join(', ');

/** All problems of each scenario under fixtures/rollouts/bad-input, which is laid over `base` there. */
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  'alias-bomb': [
    'manifests/web.yaml:1:1: not readable as data: an alias is used so often that it would fill the memory',
  ],
  'alias-without-anchor': [
    'rollout.yaml:9:25: not valid YAML: an alias without an anchor of its name before it; a text that begins so needs quotes',
  ],
  'binding-of-no-target': [
    'environments/lab.yaml:12:5: the rollout declares no target "clutser" (did you mean "cluster"?)',
  ],
  'cycle-of-phases': ['rollout.yaml:42:15: phases wait for each other: data -> application -> data'],
  'cycle-of-steps': ['rollout.yaml:30:19: steps wait for each other: databases -> schema -> databases'],
  'key-that-is-none': [
    'environments/lab.yaml:21:19: the key of "demo" is no Ed25519 public key (ssh-ed25519 AAAA... or base64 SPKI)',
  ],
  'directory-where-none-belongs': [
    'rollout.yaml:32:34: "migrations/V1__orders.sql" must be a directory of migrations, not a file',
    'rollout.yaml:47:25: "empty" holds no .yaml, .yml or .json file',
  ],
  'environment-of-another-name': ['environments/lab.yaml:4:9: must be "lab", as the file is called'],
  'everything-at-once': [
    'environments/lab.yaml:19:5: unknown field "signature" (did you mean "signatures"?)',
    'manifests/web.yaml:1:1: the field apiVersion is missing, so this is no Kubernetes object',
    'manifests/web.yaml:1:1: the field metadata.name is missing, so this is no Kubernetes object',
    'migrations/V1__orders.sql:1:1: version 1 is that of V1.0__orders_again.sql too',
    'rollout.yaml:29:19: needs an unknown step "database" (did you mean "databases"?)',
    'rollout.yaml:35:19: unknown target "object" (did you mean "objects"?)',
    `rollout.yaml:44:17: unknown step kind "kubernetes.aply" (did you mean "kubernetes.apply"?); known: ${KINDS}`,
  ],
  'files-outside': [
    'rollout.yaml:47:25: manifests[0]: must be a path inside the rollout directory',
    'rollout.yaml:47:44: manifests[1]: must be a path inside the rollout directory',
    'rollout.yaml:47:57: cannot be the rollout directory itself',
  ],
  'host-twice': [
    'manifests/hosts.yaml:22:7: www.example.com with Prefix /cart is declared by Ingress shop/first at manifests/hosts.yaml:4 already: one of them gets no request',
  ],
  'interlock-of-unknown-drill': [
    'rollout.yaml:14:44: "backup/dril" is no step of kind velero.drill (did you mean "backup/drill"?)',
  ],
  'interlock-without-drill': [
    'rollout.yaml:14:3: nothing ever proves a backup here: the rollout has no step of kind velero.drill',
  ],
  'manifest-double-key': ['manifests/web.yaml:8:3: the key "a" stands here twice'],
  'manifest-empty': ['rollout.yaml:47:25: there is no Kubernetes object in it'],
  'manifest-not-text': ['manifests/web.yaml:1:1: is not UTF-8 text'],
  'manifest-not-yaml': [
    'manifests/web.yaml:6:1: not valid YAML: this does not stand at the indent of what is around it, or a bracket is not closed where it must be',
  ],
  'manifests-not-objects': [
    'manifests/web.yaml:1:1: the field apiVersion is missing, so this is no Kubernetes object',
    'manifests/web.yaml:8:3: generateName cannot be applied: an object needs one name to be found again',
    'manifests/web.yaml:10:1: not a Kubernetes object: it must be a mapping with apiVersion, kind and metadata.name',
    'manifests/web.yaml:15:3: the field metadata.name must be a text that is not empty',
  ],
  'migration-names': [
    'migrations/V1__orders.sql:1:1: version 1 is that of V01.0__again.sql too',
    'migrations/V3_single.sql:1:1: the name must be V<version>__, R__ or U<version>__<description>.sql, as in V1.2__add_index.sql',
    'migrations/V4__suffix.SQL:1:1: the name must be V<version>__, R__ or U<version>__<description>.sql, as in V1.2__add_index.sql',
    "migrations/v2__lower.sql:1:1: Flyway passes a file over whose first letter is small: write it as a capital if the file is to run, take the file away, or give the step's source `naming: flyway`, which passes it over as Flyway does",
  ],
  'missing-fields': [
    'rollout.yaml:33:11: the field "target" is missing',
    'rollout.yaml:42:11: the field "name" is missing',
    'rollout.yaml:45:13: with: needs manifests, kustomize or helm: there is nothing to apply',
    'rollout.yaml:49:19: needs an unknown step "web"; there are none',
  ],
  'missing-files': [
    'rollout.yaml:32:34: there is no file or directory "migration" in the rollout directory',
    'rollout.yaml:47:36: there is no file or directory "manifests/absent.yaml" in the rollout directory',
  ],
  'names-twice': [
    'rollout.yaml:26:17: a second step named "databases"; the first is at rollout.yaml:17',
    'rollout.yaml:40:13: a second phase named "data"; the first is at rollout.yaml:15',
  ],
  'needs-itself': ['rollout.yaml:52:19: steps wait for each other: answers -> answers'],
  'one-object-in-a-list': [
    'manifests/web.yaml:9:17: a second ServiceAccount shop/web; the first is at manifests/web.yaml:6 (step application/web)',
    'manifests/web.yaml:10:5: the field metadata.name is missing, so this is no Kubernetes object',
  ],
  'one-object-in-two-files': [
    'manifests/web.yaml:11:3: a second Deployment.apps shop/web; the first is at manifests/again.yaml:9 (step application/web)',
  ],
  'one-object-in-two-steps': [
    'rollout.yaml:53:25: ConfigMap shop/web is applied by step application/web already, from the same file',
    'rollout.yaml:53:25: Deployment.apps shop/web is applied by step application/web already, from the same file',
  ],
  'parameter-of-another-type': [
    'environments/lab.yaml:7:15: replicas: must be a number like its default, not a string',
  ],
  'parameter-without-value': [
    'rollout.yaml:8:5: parameter "domain" has no value: it has no default, and environments/lab.yaml gives none',
  ],
  'password-in-migration': [
    'migrations/V2__role.sql:3:9: a password is written down: secret values never enter a bundle; make roles with postgres.provision and { secret: NAME }',
  ],
  'placeholder-in-flow': [
    'rollout.yaml:36:32: not valid YAML: this cannot stand here: quotes or a line break may be missing before it; inside { } or [ ] a placeholder needs quotes',
  ],
  'placeholder-where-none-belongs': [
    'environments/lab.yaml:15:29: ${{ parameters.domain }} cannot stand in an environment, which is where values come from',
    'manifests/web.yaml:6:3: a placeholder cannot stand in a key, only in a value',
    'rollout.yaml:8:24: a default is taken as it is; it cannot hold a placeholder',
  ],
  'quoted-placeholder-is-text': ['rollout.yaml:55:21: status: must be a number, not a text (quotes make it one)'],
  'quorum-never-met': [
    'rollout.yaml:36:21: nobody gets through this gate: were all to approve, it would need 1 more of platform',
  ],
  'readiness-expressions': [
    'rollout.yaml:52:24: ready: column 19: Unexpected character: =',
    'rollout.yaml:53:25: failed: column 1: Unknown variable: slf',
    'rollout.yaml:54:41: kind: cannot be Secret: expressions do not look at secrets',
  ],
  'reference-written-as-value': [
    'environments/lab.yaml:10:32: url: must be a reference: { fromEnv: NAME }, { fromFile: PATH } or { fromEnvFile: NAME }; values are never written down',
    'rollout.yaml:23:27: password: must be a reference: { secret: NAME } of the environment, { fromEnv: NAME }, { fromFile: PATH }, { fromEnvFile: NAME } or { kubernetesSecret: { target, namespace, name, key } }; values are never written down',
  ],
  'rollout-empty': ['rollout.yaml:1:1: is empty'],
  'rollout-not-yaml': [
    'environments/lab.yaml:19:17: signatures: must be one of "required", "optional", not "maybe"',
    'rollout.yaml:3:1: not valid YAML: tabs are not allowed as indentation',
  ],
  'rollout-of-two-documents': ['rollout.yaml:3:1: must hold one document only'],
  'secret-with-values': [
    'manifests/web.yaml:10:1: a Secret with its values written down: secret values never enter a bundle. Remove data and refer to the values instead, in the step: secrets: { NAME: { KEY: { secret: NAME } } }; or name a Secret that is made outside of the rollout in the workload, by secretKeyRef',
    'manifests/web.yaml:12:1: a Secret with its values written down: secret values never enter a bundle. Remove stringData and refer to the values instead, in the step: secrets: { NAME: { KEY: { secret: NAME } } }; or name a Secret that is made outside of the rollout in the workload, by secretKeyRef',
  ],
  'secrets-in-workload': [
    'manifests/web.yaml:10:11: the variable DB_PASSWORD has its value written down: secret values never enter a bundle; use valueFrom.secretKeyRef',
    'manifests/web.yaml:16:11: holds an address with a password: secret values never enter a bundle; refer to a Secret',
    'manifests/web.yaml:25:3: holds a private key: secret values never enter a bundle; refer to a Secret',
  ],
  'take-of-nothing': [
    'rollout.yaml:57:27: the manifests of this step declare no "Deployment shop/wbe" (did you mean "Deployment shop/web"?); they declare "ConfigMap shop/web", "Deployment shop/web"',
    'rollout.yaml:58:27: the manifests of this step declare no "ConfigMap web" (did you mean "ConfigMap shop/web"?); they declare "ConfigMap shop/web", "Deployment shop/web"',
    'rollout.yaml:59:27: the manifests of this step declare no "StatefulSet"; they declare "ConfigMap shop/web", "Deployment shop/web"',
  ],
  'target-bound-as-another-kind': [
    'environments/lab.yaml:11:22: the target "cluster" is bound as http, and rollout.yaml:11 declares kubernetes',
  ],
  'target-not-bound': ['environments/lab.yaml:10:3: the target "cluster" (kubernetes, rollout.yaml:11) is not bound'],
  'target-of-wrong-kind': [
    'rollout.yaml:25:57: a password of postgres.provision needs a target of kind kubernetes, and "db" is of kind postgres; suitable: "cluster"',
    'rollout.yaml:30:19: postgres.migrate needs a target of kind postgres, and "objects" is of kind s3; suitable: "db"',
    'rollout.yaml:53:19: a probe over sql needs a target of kind postgres, and "objects" is of kind s3; suitable: "db"',
  ],
  'undeclared-target': ['rollout.yaml:28:19: unknown target "bd"; the rollout declares "cluster", "db", "objects"'],
  'unknown-fields': [
    'rollout.yaml:4:3: unknown field "labels"; known here: "name", "description"',
    'rollout.yaml:42:7: unknown field "nedds" (did you mean "needs"?)',
    'rollout.yaml:50:13: unknown field "readyWithim" (did you mean "readyWithin"?)',
    'rollout.yaml:51:13: unknown field "colour"; known here: "manifests", "kustomize", "helm", "secrets", "namespace", "wait", "readyWithin", "stableFor", "readiness", "force"',
  ],
  'unknown-needs': [
    'rollout.yaml:41:15: needs an unknown phase "date" (did you mean "data"?)',
    'rollout.yaml:52:19: needs an unknown step "schema"; it is a step of phase "data", and steps wait only for steps of their own phase: let phase "application" need phase "data"',
    'rollout.yaml:52:27: needs an unknown step "nothing"; there are "web"',
  ],
  'unknown-parameter': [
    'manifests/web.yaml:6:12: ${{ secrets.x }} is not a placeholder: write ${{ parameters.NAME }}, or $${{ for the text itself',
    'manifests/web.yaml:6:33: ${{ is not a placeholder: write ${{ parameters.NAME }}, or $${{ for the text itself',
    'manifests/web.yaml:13:13: ${{ parameters.replica }} names an unknown parameter "replica" (did you mean "replicas"?)',
    'rollout.yaml:39:21: ${{ parameters.domian }} names an unknown parameter "domian" (did you mean "domain"?)',
  ],
  'unknown-secret': [
    'environments/lab.yaml:9:5: nothing uses the secret "app-password"',
    'rollout.yaml:23:37: environments/lab.yaml has no secret "app-pasword" (did you mean "app-password"?)',
  ],
  'unknown-step-kind': [
    `rollout.yaml:44:17: unknown step kind "kubernetes.aply" (did you mean "kubernetes.apply"?); known: ${KINDS}`,
  ],
  'unknown-step-kind-unlike-any': [`rollout.yaml:44:17: unknown step kind "terraform"; known: ${KINDS}`],
  'unused-parameter-of-environment': [
    'environments/lab.yaml:8:5: unknown parameter "replcias" (did you mean "replicas"?), so nothing uses this value',
  ],
  'when-of-several-of-which-none-holds': [
    'rollout.yaml:37:31: unknown parameter "archiv" (did you mean "archive"?)',
    'rollout.yaml:37:85: the parameter "archive" is a boolean, which never equals a string',
    'rollout.yaml:44:17: when: must not be empty',
  ],
  'when-of-unknown-parameter': ['rollout.yaml:37:30: unknown parameter "archiv" (did you mean "archive"?)'],
  'when-that-cannot-hold': ['rollout.yaml:37:47: the parameter "archive" is a boolean, which never equals a string'],
  'wrong-header': [
    'rollout.yaml:1:13: apiVersion: must be "windlass.dev/v1alpha1", not "windlass.dev/v2" (did you mean "windlass.dev/v1alpha1"?)',
    'rollout.yaml:2:7: kind: must be "Rollout", not "Rolout" (did you mean "Rollout"?)',
  ],
  'wrong-types': [
    'rollout.yaml:29:18: needs: must be a list, not a text',
    'rollout.yaml:36:78: expiresAfter: must be a whole number and a unit (ms, s, m, h, d), as in 90s',
    'rollout.yaml:39:21: bucket: must be a bucket name: 3 to 63 lower-case letters, digits, dots and dashes',
    'rollout.yaml:47:24: manifests: must be a list, not a text',
    'rollout.yaml:55:21: status: must be a number, not a text (quotes make it one)',
  ],
};

describe('a rollout with mistakes is refused with every one of them, each where it stands', () => {
  test.each(Object.entries(SCENARIOS))('%s', async (scenario, expected) => {
    await using rollout = await rolloutOf(scenario);
    const loaded = await loadRollout(rollout.path, 'lab');
    expect(loaded.ok ? [] : loaded.problems.map(problemLine)).toEqual(expected);
  });

  test('no scenario is left out', async () => {
    const directories = await readdir(join(import.meta.dirname, '../fixtures/rollouts/bad-input'));
    expect(directories.sort()).toEqual([...Object.keys(SCENARIOS), 'base'].sort());
  });

  test('no message repeats what looks like a secret', () => {
    expect(Object.values(SCENARIOS).flat().join('\n')).not.toMatch(/hunter2|aHVudGVyMg|MIIB/);
  });
});

describe('what is not there', () => {
  const problems = async (directory: string, environment: string, parameters = {}): Promise<readonly string[]> => {
    const loaded = await loadRollout(directory, environment, { parameters });
    return loaded.ok ? [] : loaded.problems.map(problemLine);
  };

  test('an unknown environment is told with those that exist', async () => {
    await using rollout = await rolloutOf(null, { 'environments/production.yaml': '' });
    expect(await problems(rollout.path, 'labs')).toEqual([
      'environments/labs.yaml:1:1: unknown environment "labs" (did you mean "lab"?)',
    ]);
    expect(await problems(rollout.path, 'staging')).toEqual([
      'environments/staging.yaml:1:1: unknown environment "staging"; there are "lab", "production"',
    ]);
  });

  test('the name of an environment cannot lead elsewhere', async () => {
    await using rollout = await rolloutOf(null, { 'elsewhere.yaml': 'x: 1\n' });
    expect(await problems(rollout.path, '../elsewhere')).toEqual([
      'environments:1:1: unknown environment "../elsewhere"; there are "lab"',
    ]);
  });

  test('without the environment the other files are still checked', async () => {
    await using rollout = await rolloutOf('everything-at-once');
    const found = await problems(rollout.path, 'staging');
    expect(found).toContain('rollout.yaml:29:19: needs an unknown step "database" (did you mean "databases"?)');
    expect(found).toContain('manifests/web.yaml:1:1: the field apiVersion is missing, so this is no Kubernetes object');
    expect(found.filter((line) => line.includes('has no value') || line.includes('bound'))).toEqual([]);
  });

  test('a directory without rollout.yaml, or no directory at all', async () => {
    await using rollout = await rolloutOf(null);
    expect(await problems(join(rollout.path, 'manifests'), 'lab')).toEqual([
      'environments/lab.yaml:1:1: unknown environment "lab"; there are none',
      'rollout.yaml:1:1: there is no such file in the rollout directory',
    ]);
    expect(await problems(join(rollout.path, 'absent'), 'lab')).toEqual([
      `rollout.yaml:1:1: there is no directory "${rollout.path}/absent"`,
    ]);
  });

  test('given parameters are checked like those of files', async () => {
    await using rollout = await rolloutOf(null);
    expect(await problems(rollout.path, 'lab', { replicas: 'many', archive: 'yes', domian: 'x' })).toEqual([
      'given parameters:1:1: parameter "archive" must be a boolean',
      'given parameters:1:1: parameter "replicas" must be a number',
      'given parameters:1:1: unknown parameter "domian" (did you mean "domain"?)',
    ]);
  });
});
