import { describe, expect, test } from '@jest/globals';
import { compileExpression, expressionProblem } from '../../src/domain/expression.ts';

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
