import { describe, expect, test } from '@jest/globals';
import { compileExpression, compileValue, expressionProblem, type Gives } from '../../src/domain/expression.ts';

const widget = {
  spec: { replicas: 3 },
  status: {
    phase: 'Running',
    replicas: 3,
    ratio: 2.5,
    conditions: [{ type: 'Ready', status: 'True' }],
  },
};

describe('what is wrong with an expression', () => {
  test.each([
    ['self.', 'column 6: '],
    ['self.status.phase == "x" &&', 'column 28: '],
    ['slf.status.phase == "x"', 'column 1: Unknown variable: slf'],
    ['self.status.phase ==\n  nothing.at.all', 'line 2, column 3: Unknown variable: nothing'],
    ['isReady(self)', 'column 1: found no matching overload'],
    ['"ready"', 'gives a value of type string'],
    ['size(self.spec)', 'gives a value of type int'],
    ['', 'column 1: '],
  ])('%j: %s', (source, problem) => {
    expect(expressionProblem(source)).toContain(problem);
    expect(() => compileExpression(source)).toThrow(RangeError);
  });

  test('nothing, when it can be read', () => {
    expect(expressionProblem('self.status.phase == "Running"')).toBeNull();
    expect(expressionProblem('self.status.done')).toBeNull();
  });
});

describe('what an expression says of an object', () => {
  test.each<[string, boolean]>([
    ['self.status.phase == "Running"', true],
    ['self.status.phase == "Failed"', false],
    ['self.status.replicas == self.spec.replicas', true],
    ['self.status.replicas + 1 == 4', true],
    ['self.status.ratio > 2.0', true],
    ['self.status.conditions.exists(c, c.type == "Ready" && c.status == "True")', true],
    ['has(self.status.started) && self.status.started', false],
    ['self.?status.?started.orValue(false)', false],
  ])('%s: %s', (source, holds) => {
    expect(compileExpression(source).of(widget)).toEqual({ holds });
  });

  test.each([
    ['self.status.started', 'No such key: started'],
    ['self.status.phase', 'it gives no truth (string)'],
    ['self.status.phase > 1', 'no such overload'],
    ['self.constructor.name == "Object"', 'No such key: constructor'],
  ])('nothing, where it cannot be told: %s', (source, unclear) => {
    expect(compileExpression(source).of(widget)).toEqual({ unclear: expect.stringContaining(unclear) });
  });
});

describe('a number, text or truth that an expression gives', () => {
  test.each<[string, Gives, number | string | boolean]>([
    ['self.spec.replicas', 'number', 3],
    ['self.status.ratio * 2.0', 'number', 5],
    ['self.status.conditions.size()', 'number', 1],
    ['self.sizes.map(size, quantity(size).asInteger()).sum()', 'number', 3 * 2 ** 30],
    ["quantity('500m').asApproximateFloat()", 'number', 0.5],
    ['self.status.phase', 'value', 'Running'],
    ['self.spec.replicas == 3', 'value', true],
    ['self.spec.replicas == 3', 'truth', true],
  ])('%s as %s: %j', (source, gives, value) => {
    expect(compileValue(source, gives)({ ...widget, sizes: ['1Gi', '2Gi'] })).toEqual({ value });
  });

  test.each<[string, Gives, string]>([
    ['self.status.phase', 'number', 'it does not give a number (string)'],
    ['self.status.phase', 'truth', 'it does not give a truth (string)'],
    ['self.nothing', 'value', 'No such key: nothing'],
    ['self.status', 'value', 'it does not give a number, a text or a truth (object)'],
    ["quantity('1 GB').asInteger()", 'number', 'quantity() takes a Kubernetes quantity such as 500m or 2Gi'],
    ["quantity('500m').asInteger()", 'number', 'asInteger() takes a quantity that is a whole number'],
    ["['a'].sum()", 'number', 'sum() adds numbers'],
  ])('%s as %s is unclear: %s', (source, gives, unclear) => {
    expect(compileValue(source, gives)(widget)).toEqual({ unclear: expect.stringContaining(unclear) });
  });

  test('is known by its type beforehand, where that does not depend on the object', () => {
    expect(expressionProblem('"a"', 'number')).toBe('gives a value of type string, not a number');
    expect(expressionProblem('quantity("1Gi")', 'value')).toContain('not a number, a text or a truth');
    expect(expressionProblem('self.a', 'number')).toBeNull();
  });
});
