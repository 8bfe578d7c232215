import { WindlassFailure } from '../../domain/failure.ts';
import { namespaceAsPrerequisite, type Prerequisite } from '../../domain/prerequisite.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ApiStatus } from './status.ts';
import { shortMessage } from './message.ts';

/** What was asked, for the words of a failure. */
export interface Asked {
  readonly verb: 'get' | 'list' | 'apply' | 'create' | 'delete' | 'watch' | 'read';
  /** `Deployment data/web`, `configmaps in namespace data`, an API path. */
  readonly object: string;
  /** True for Secrets: nothing that the server says about their content is repeated. */
  readonly secret: boolean;
  /** `host:port` of the server. */
  readonly address: string;
}

/** The failure that a refusal of the API server comes to. */
export function refusal(status: ApiStatus, asked: Asked): WindlassFailure {
  const said = asked.secret ? '' : shortMessage(status.message);
  const colon = said === '' ? '.' : `: ${said}`;
  const failure = builder(status, asked);
  const noDryRun = /^admission webhook "([^"]+)" does not support dry run/.exec(status.message)?.[1];
  if (noDryRun !== undefined)
    return failure(
      'AdmissionDenied',
      `Admission webhook ${noDryRun} does not support dry runs, so that changes cannot be planned.`,
      'Declare sideEffects: None or NoneOnDryRun in its configuration, if that is true.',
      { webhook: noDryRun },
    );
  const webhook = /^admission webhook "([^"]+)" denied the request/.exec(status.message)?.[1];
  const policy = /^(?:ValidatingAdmissionPolicy|MutatingAdmissionPolicy) '([^']+)'/.exec(status.message)?.[1];
  const denied = webhook ?? policy;
  if (denied !== undefined)
    return failure(
      'AdmissionDenied',
      // Why, it says in words of its own, which may quote the object and what else it knows.
      `${webhook === undefined ? 'Admission policy' : 'Admission webhook'} ${denied} denied it.`,
      "Read why in the worker's log, or with `kubectl apply --dry-run=server`; correct the manifest, or the rule.",
      { [webhook === undefined ? 'policy' : 'webhook']: denied },
    );
  if (isTooLarge(status))
    return failure(
      'InvalidManifest',
      'The object is too large for the API server.',
      'Make the object smaller: large data belongs into a volume, an image or several objects.',
      { tooLarge: true },
    );
  const passing = passingTrouble(status.message);
  if (passing !== null) return failure('ServerError', passing, 'Try again; look at the API server if it stays.');
  // `[]` is the whole object.
  const fields = status.causes.map((cause) => cause.field).filter((field) => field !== '' && field !== '[]');
  switch (status.code) {
    case 401:
      return failure(
        'AccessDenied',
        'The API server does not accept the credentials.',
        'Renew the credentials of the target.',
      );
    case 403:
      return forbidden(status, asked, failure, colon);
    case 404:
      return missing(status, failure);
    case 409: {
      const conflicts = status.causes
        .filter((cause) => cause.reason === 'FieldManagerConflict')
        .map((cause) => ({ manager: managerOf(cause.message), field: cause.field }));
      if (conflicts.length > 0)
        return failure(
          'OwnershipConflict',
          `Fields belong to another manager: ${conflicts.map((c) => `${c.field} to ${c.manager}`).join(', ')}.`,
          'Take the fields out of the manifest, or set force: true to take them over.',
          { conflicts },
        );
      return failure('TargetBusy', 'The object was changed by somebody else in between.', 'Try again.');
    }
    case 400:
    case 422:
      return failure(
        'InvalidManifest',
        `The API server refuses the object${fields.length > 0 ? ` for ${fields.join(', ')}` : ''}${colon}`,
        'Correct the manifest.',
        { ...(fields.length > 0 ? { fields } : {}), ...(isImmutable(status) ? { immutable: true } : {}) },
      );
    case 429:
      return failure('Throttled', 'The API server asks for fewer requests.', 'Try again when the server is less busy.');
    default:
      return broken(status, failure);
  }
}

type Build = (
  type: WindlassFailure['type'],
  message: string,
  next: string,
  facts?: JsonObject,
  missing?: readonly Prerequisite[],
) => WindlassFailure;

function builder(status: ApiStatus, asked: Asked): Build {
  return (type, message, next, facts = {}, missing) =>
    new WindlassFailure(type, message, {
      object: asked.object,
      next,
      facts: {
        verb: asked.verb,
        status: status.code,
        ...(status.reason === '' ? {} : { reason: status.reason }),
        ...facts,
      },
      ...(missing === undefined ? {} : { missing }),
      // For the worker's log alone.
      ...(asked.secret || status.message === '' ? {} : { cause: new Error(status.message) }),
    });
}

/** One limit is the API server's, two are etcd's; those of etcd come as HTTP 500, yet no retry can help. */
function isTooLarge({ code, message }: ApiStatus): boolean {
  return (
    code === 413 ||
    /^etcdserver: request is too large|trying to send message larger than max/.test(message) ||
    /: Too long: may not be more than \d+ bytes$/.test(message)
  );
}

/** Trouble of the server itself that it answers as if the object were at fault; null when it is not that. */
function passingTrouble(message: string): string | null {
  // The store went away while an address or a port was being allocated for a Service: HTTP 422.
  if (/rpc error: code = (Unavailable|DeadlineExceeded|Canceled)|etcdserver: /.test(message))
    return 'The API server cannot reach its store.';
  // Both are made by controllers shortly after the namespace, or the quota, was: HTTP 403.
  if (/error looking up service account .*: serviceaccount ".*" not found/.test(message))
    return 'Its service account is not there yet.';
  if (/status unknown for quota/.test(message)) return 'The quota of its namespace has not been counted yet.';
  return null;
}

function forbidden(status: ApiStatus, asked: Asked, failure: Build, colon: string): WindlassFailure {
  const rbac = /User "([^"]+)" cannot (\S+) resource "([^"]+)"/.exec(status.message);
  if (rbac) {
    const [, user = '', verb = '', resource = ''] = rbac;
    return failure(
      'AccessDenied',
      `${user} may not ${verb} ${resource}.`,
      `Grant ${verb} on ${resource} to ${user}, or use other credentials.`,
      { user, verb, resource },
    );
  }
  if (status.causes.some((cause) => cause.reason === 'NamespaceTerminating'))
    return failure(
      'TargetBusy',
      'Its namespace is being deleted.',
      'Wait until the namespace is gone, then try again.',
    );
  const quota = /exceeded quota: (\S+), requested: (\S+), used: (\S+), limited: (\S+)$/.exec(status.message);
  if (quota) {
    const [, name = '', requested = '', used = '', limited = ''] = quota;
    return failure(
      'AdmissionDenied',
      `Quota ${name} of its namespace is exceeded: it asks for ${requested}; used are ${used} of ${limited}.`,
      'Raise the quota, ask for less, or delete what uses it up; then retry.',
      { quota: name, requested, used, limited },
    );
  }
  if (asked.verb !== 'apply')
    return failure('AccessDenied', `The API server forbids to ${asked.verb} it.`, 'Check the permissions of the user.');
  return failure(
    'AdmissionDenied',
    `Admission of the object was denied${colon}`,
    'Correct the manifest, or the quota or rule that denies it.',
  );
}

function missing(status: ApiStatus, failure: Build): WindlassFailure {
  if (status.resource === 'namespaces')
    return failure(
      'InvalidManifest',
      `Namespace ${status.name} does not exist.`,
      'Create the namespace in this step or an earlier one.',
      { namespaces: [status.name] },
      [namespaceAsPrerequisite(status.name)],
    );
  // A binding needs its role, unless who writes it may bind any.
  if (status.name !== '')
    return failure(
      'InvalidManifest',
      `There is no ${status.name} among the ${status.resource}, which the object refers to.`,
      'Make what it refers to in an earlier step.',
    );
  return failure(
    'UnknownKind',
    'The API server does not serve this kind.',
    'Check the apiVersion, or install the CustomResourceDefinition first.',
  );
}

/** Server-side apply answers 500 to manifests that do not fit their schema; retrying those is in vain. */
function broken(status: ApiStatus, failure: Build): WindlassFailure {
  const typed =
    /^failed to create typed patch object \(.*?\): (?:errors:\s*)?(\.[^:\s]+): (field not declared|expected \w+)?/s.exec(
      status.message,
    );
  if (typed) {
    const [, field = '', what = 'does not fit'] = typed;
    return failure('InvalidManifest', `${field}: ${what} in the schema of the kind.`, 'Correct the manifest.', {
      fields: [field],
    });
  }
  if (/^failed to (create typed patch object|convert new object)/.test(status.message))
    return failure('InvalidManifest', 'The object does not fit the schema of its kind.', 'Correct the manifest.');
  const webhook = /failed calling webhook "([^"]+)"/.exec(status.message)?.[1];
  if (webhook !== undefined)
    return failure(
      'ServerError',
      `Admission webhook ${webhook} could not be asked.`,
      `Check that ${webhook} answers.`,
      {
        webhook,
      },
    );
  return failure(
    'ServerError',
    `The API server failed with HTTP ${String(status.code)}.`,
    'Try again; look at the log of the API server if it stays.',
  );
}

/** True when the object could be stored, were it not there already with other values in fields that never change. */
function isImmutable(status: ApiStatus): boolean {
  return (
    status.causes.length > 0 &&
    status.causes.every((cause) =>
      /immutable|may not change once set|updates to .* are forbidden|pod updates may not change|cannot change roleRef/s.test(
        cause.message,
      ),
    )
  );
}

function managerOf(message: string): string {
  return /conflict with "([^"]+)"/.exec(message)?.[1] ?? 'another manager';
}
