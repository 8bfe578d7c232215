import { z } from 'zod';

const text = z.string();

/** Times that can be reckoned with, also when something is taken from them. */
export const time = text.refine((one) => Math.abs(Date.parse(one)) < 8e15, { error: 'must be a time' });

/** Fields that say how a measure is called. */
export const measureName = {
  name: text,
  title: text,
  unit: text.optional(),
  better: z.enum(['higher', 'lower']).optional(),
};

/** Fields of a measure as it was read once. */
export const measured = {
  value: z.nullable(z.number()),
  why: text.optional(),
  how: z.enum(['simulated', 'stand-in']).optional(),
  time,
};

export const readings = z.array(z.looseObject({ ...measureName, ...measured, source: text }));
