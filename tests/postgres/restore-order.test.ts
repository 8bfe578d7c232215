import { expect, test } from '@jest/globals';
import { eventTriggersLast } from '../../src/postgres/dump/restore-order.ts';

const LIST = `;
; Archive created at 2026-01-01 00:00:00 UTC
;     dbname: EVENT TRIGGER
;
200; 1259 16400 TABLE public EVENT TRIGGER postgres
3331; 3466 16410 EVENT TRIGGER - log (1); all postgres
3332; 0 0 COMMENT - EVENT TRIGGER "log (1); all" postgres
201; 1259 16401 MATERIALIZED VIEW public mv postgres
3330; 0 16401 MATERIALIZED VIEW DATA public mv postgres
`;

test('event triggers are restored after everything else, and the rest in its own order', () => {
  const numbers = (list: string | null) => list?.match(/^\d+/gm);
  expect(numbers(eventTriggersLast(LIST))).toEqual(['200', '201', '3330', '3331', '3332']);
});

test('the order of a dump without event triggers is left as it is', () => {
  expect(eventTriggersLast(LIST.replaceAll(/^333[12];.*\n/gm, ''))).toBeNull();
});
