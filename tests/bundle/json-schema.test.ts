import { describe, expect, test } from '@jest/globals';
import { environmentJsonSchema, rolloutJsonSchema } from '../../src/bundle/json-schema.ts';

/** The step schema of one kind, from what editors are given. */
function stepSchema(kind: string): unknown {
  const schema = rolloutJsonSchema() as unknown as {
    properties: {
      spec: {
        properties: {
          phases: {
            items: { properties: { steps: { items: { oneOf: { properties: { kind: { const: string } } }[] } } } };
          };
        };
      };
    };
  };
  const steps = schema.properties.spec.properties.phases.items.properties.steps.items.oneOf;
  return steps.find((step) => step.properties.kind.const === kind);
}

describe('schemas for editors', () => {
  test('say what each step kind takes, with descriptions and without asking for what has a default', () => {
    expect(stepSchema('kubernetes.apply')).toMatchObject({
      additionalProperties: false,
      required: ['name', 'kind', 'target', 'with'],
      properties: { with: { properties: { manifests: { type: 'array', description: expect.any(String) } } } },
    });
  });

  test('let a placeholder stand for a number, a boolean or a text of some form', () => {
    expect(stepSchema('probe')).toMatchObject({
      properties: {
        timeout: {
          anyOf: [{ type: 'string' }, { type: 'string', pattern: expect.stringContaining('\\{\\{') }],
          default: '30m',
        },
      },
    });
  });

  test('know environments', () => {
    expect(environmentJsonSchema()).toMatchObject({
      title: 'Windlass environment',
      properties: { spec: { properties: { secrets: { type: 'object' } } } },
    });
  });
});
