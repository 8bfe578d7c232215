import { conditionOf, conditionText, failed, progressing, ready, type Judge } from './status.ts';

/** Established, so that its objects can be applied. Names that another definition holds do not free themselves. */
export const customResourceDefinition: Judge = (object) => {
  const names = conditionOf(object, 'NamesAccepted');
  if (names?.status === 'False') return failed(conditionText('NamesAccepted', names));
  const established = conditionOf(object, 'Established');
  if (established?.status === 'True') return ready('established');
  return progressing(established === null ? 'not established yet' : conditionText('Established', established));
};
