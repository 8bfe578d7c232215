import { conditionOf, conditionText, failed, progressing, ready, type Judge } from './status.ts';

/**
 * Issued for the latest spec. cert-manager tells the generation per condition. A failed attempt is repeated an hour
 * later at the earliest, longer than anybody waits here: it counts as failed.
 */
export const certManagerCertificate: Judge = (object) => {
  const issued = conditionOf(object, 'Ready');
  if (issued?.status === 'True' && issued.current) return ready(conditionText('Ready', issued));
  const issuing = conditionOf(object, 'Issuing');
  if (issuing?.status === 'False' && issuing.reason === 'Failed' && issuing.current)
    return failed(conditionText('Issuing', issuing));
  if (issuing?.status === 'True') return progressing(conditionText('Issuing', issuing));
  return progressing(issued === null ? 'not issued yet' : conditionText('Ready', issued));
};
