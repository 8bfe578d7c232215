import type { Json } from '../../domain/json.ts';
import { readList, readObject, readText } from '../../domain/json-fields.ts';
import { isWrittenIn } from '../../domain/secret-names.ts';
import { holdsAddressWithPassword, holdsPrivateKey, writtenInText } from '../../domain/secret-text.ts';
import { faultIn, type Check } from '../check.ts';
import { WORKLOAD_KINDS } from '../workloads.ts';

/** How much of one value of a ConfigMap is looked at, in characters: certificates and code lists fill the rest. */
const LOOKED_AT = 100_000;

/** Credentials where everybody may read them who may read the objects. */
export const SECRET_CHECKS: readonly Check[] = [
  {
    id: 'secret-in-env',
    severity: 'high',
    claim: 'no variable of a container has a credential written down',
    mend: 'Keep the value in a Secret and refer to it (valueFrom.secretKeyRef); change it, since it was readable.',
    stands: ['C-0012', 'C-0259', 'CIS 5.4.1', 'PO sensitiveContainerEnvVar', 'KL env-var-secret'],
    needs: WORKLOAD_KINDS,
    *find(world) {
      for (const { object, containers } of world.workloads)
        for (const { name, fields } of containers) {
          const written = readList(fields, 'env')
            .filter(isCredential)
            .map((variable) => nameOf(variable));
          if (written.length > 0) yield faultIn(object, `container ${name} has ${written.join(', ')} written down`);
        }
    },
  },
  {
    id: 'secret-in-configmap',
    severity: 'high',
    claim: 'no ConfigMap holds a credential',
    mend: 'Keep the value in a Secret; change it, since it was readable.',
    stands: ['C-0012', 'PO sensitiveConfigmapContent'],
    needs: ['ConfigMap'],
    *find(world) {
      for (const map of world.of('ConfigMap')) {
        const written = Object.entries(readObject(map, 'data')).flatMap(([key, value]) => {
          const found = typeof value === 'string' ? writtenInText(key, value.slice(0, LOOKED_AT)) : null;
          return found === null ? [] : [`${key} (${found})`];
        });
        if (written.length > 0) yield faultIn(map, `has a credential written down under ${written.join(', ')}`);
      }
    },
  },
];

function nameOf(variable: Json): string {
  return readText(variable, 'name') ?? '';
}

function isCredential(variable: Json): boolean {
  const value = readText(variable, 'value') ?? '';
  return isWrittenIn('env', nameOf(variable), value) || holdsAddressWithPassword(value) || holdsPrivateKey(value);
}
