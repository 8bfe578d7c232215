import { z } from 'zod';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly const?: unknown;
}

/**
 * The names of the fields that `schema` knows at `path` in `data`; of alternatives (a step of some kind) those that fit
 * what the data say they are.
 */
export function knownFields(schema: z.ZodType, data: unknown, path: readonly PropertyKey[]): readonly string[] {
  let alternatives = fitting(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema, data);
  let here = data;
  for (const part of path) {
    here = (here as Record<PropertyKey, unknown> | null | undefined)?.[part];
    const child = here;
    alternatives = alternatives.flatMap((one) => below(one, part)).flatMap((one) => fitting(one, child));
  }
  return [...new Set(alternatives.flatMap((one) => Object.keys(one.properties ?? {})))];
}

function below(schema: JsonSchema, part: PropertyKey): readonly JsonSchema[] {
  if (typeof part === 'number') return schema.items ? [schema.items] : [];
  const property = schema.properties?.[String(part)];
  if (property) return [property];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

/** The alternatives of a schema whose fixed fields are those of `data`. */
function fitting(schema: JsonSchema, data: unknown): readonly JsonSchema[] {
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (!alternatives) return [schema];
  return alternatives
    .filter((one) =>
      Object.entries(one.properties ?? {}).every(
        ([name, field]) =>
          field.const === undefined || (data as Record<string, unknown> | null | undefined)?.[name] === field.const,
      ),
    )
    .flatMap((one) => fitting(one, data));
}
