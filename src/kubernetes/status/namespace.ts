import { readText } from '../../domain/json-fields.ts';
import { progressing, ready, type Judge } from './status.ts';

export const namespace: Judge = (object) => {
  const phase = readText(object, 'status', 'phase');
  return phase === 'Active' ? ready('active') : progressing(`phase ${phase ?? 'not set'}`);
};
