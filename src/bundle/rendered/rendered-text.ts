import { stringify } from 'yaml';
import type { Json } from '../../domain/json.ts';
import { AS_KUBECTL_READS } from '../../manifests/yaml-schema.ts';

/**
 * Documents as YAML that means the same to every reader: whatever YAML 1.1 or 1.2 would take for something else than a
 * text is quoted. The order of keys is kept, comments are gone, so that the same objects give the same text.
 */
export function renderedText(values: readonly Json[]): string {
  return values.map(textOf).join('---\n');
}

function textOf(value: Json): string {
  return stringify(value, {
    ...AS_KUBECTL_READS,
    // Other readers may take more for numbers, dates and truths: all of that is quoted.
    compat: 'yaml-1.1',
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}
