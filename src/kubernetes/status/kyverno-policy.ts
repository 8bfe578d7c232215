import { isObject, read, readList, readText } from '../../domain/json-fields.ts';
import { conditionOf, conditionText, progressing, ready, type Judge } from './status.ts';

/** ClusterPolicy and Policy of `kyverno.io`: ready means that it is enforced, not that everything complies. */
export const kyvernoPolicy: Judge = (object) => {
  const condition = conditionOf(object, 'Ready');
  if (condition === null) return progressing('Kyverno has not taken it up yet');
  return condition.status === 'True'
    ? ready(conditionText('Ready', condition))
    : progressing(conditionText('Ready', condition));
};

/** Policies of `policies.kyverno.io`: their conditions are one level deeper, with a sum of them beside. */
export const kyvernoCelPolicy: Judge = (object) => {
  const status = read(object, 'status', 'conditionStatus');
  if (!isObject(status)) return progressing('Kyverno has not taken it up yet');
  if (read(status, 'ready') === true) return ready('in force');
  const missing = readList(status, 'conditions').find((condition) => readText(condition, 'status') !== 'True');
  const words = [readText(missing, 'type'), readText(missing, 'reason'), readText(missing, 'message')];
  const why = [...words, readText(status, 'message')].filter((word) => word !== undefined && word !== '');
  return progressing(why.length === 0 ? 'not in force yet' : `not in force yet: ${why.join(', ')}`);
};
