/** Longest server message that is repeated. */
const LONGEST = 300;

/** A value that validation did not like, as the API machinery quotes it (k8s.io/apimachinery `field.Error`). */
const VALUES = /\b(Invalid value|Unsupported value|Duplicate value): (?:"(?:[^"\\]|\\.)*"?|[^\s:,]+)/g;

/**
 * What may be repeated of a message of the API server: its first line, without the values, objects and lists that
 * validation errors quote, which can be whole pod templates with their environment.
 */
export function shortMessage(message: string): string {
  const line = message.split('\n', 1)[0] ?? '';
  const plain = withoutQuotedObjects(line).replace(VALUES, '$1: (not shown)').trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}

function withoutQuotedObjects(line: string): string {
  let text = '';
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const char = line.charAt(index);
    if (depth > 0 && quoted) {
      if (char === '\\') index += 1;
      else if (char === '"') quoted = false;
    } else if (depth > 0 && char === '"') quoted = true;
    else if (char === '{' || (char === '[' && !isIndex(line, index))) {
      if (depth === 0) text += '…';
      depth += 1;
    } else if (depth > 0 && (char === '}' || char === ']')) depth -= 1;
    else if (depth === 0) text += char;
  }
  return text;
}

/** `containers[0]` and `containers[*]` are part of a path, not a quoted list. */
function isIndex(line: string, at: number): boolean {
  return /^\[(\d+|\*)\]/.test(line.slice(at, at + 12));
}
