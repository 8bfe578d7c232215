import { readList, readObject, readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { BundleFiles } from '../../domain/step-engine.ts';
import { boardIn, isBoard, type Board } from './board.ts';
import { locate, type Located } from './located.ts';
import { isRuleFile, rulesIn, type Rule } from './rules.ts';

/** What dashboards and rules ask, with where it is written. */
export interface Asked {
  readonly boards: readonly Board[];
  readonly rules: readonly Rule[];
}

const OPERATORS = new Set(['PrometheusRule', 'VMRule']);
const NONE: Asked = { boards: [], rules: [] };

/**
 * The boards and rules in files of a bundle: Grafana's JSON and Prometheus' rule files as they are or in a ConfigMap, and the
 * rules of PrometheusRule and VMRule. Whatever else is in the files is passed over.
 *
 * @throws WindlassFailure as `BundleFiles.read` does.
 */
export async function readAsked(paths: readonly string[], files: BundleFiles): Promise<Asked> {
  const all = [...new Set(paths.flatMap((path) => files.list(path)))];
  const found = await Promise.all(all.map(async (file) => askedIn(file, await files.read(file))));
  return merged(found);
}

/** The boards and rules of one file. */
export function askedIn(file: string, text: string): Asked {
  return merged(locate(text).map((document) => inDocument(file, document)));
}

function inDocument(file: string, document: Located): Asked {
  const { value } = document;
  if (isBoard(value)) return { boards: [boardIn(file, document)], rules: [] };
  if (isRuleFile(value)) return { boards: [], rules: rulesIn(file, document, []) };
  const kind = readText(value, 'kind');
  if (OPERATORS.has(kind ?? '')) return { boards: [], rules: rulesIn(file, document, ['spec']) };
  if (kind === 'ConfigMap') return inConfigMap(file, document);
  if (kind === 'List' || kind === 'ConfigMapList') return inList(file, document);
  return NONE;
}

function inConfigMap(file: string, document: Located): Asked {
  const texts = Object.entries(readObject(document.value, 'data')).filter(([, text]) => mayBeEither(text));
  return merged(
    texts.flatMap(([key]) =>
      document.within(['data', key]).map((inner) => {
        if (isBoard(inner.value)) return { boards: [boardIn(file, inner)], rules: [] };
        return isRuleFile(inner.value) ? { boards: [], rules: rulesIn(file, inner, []) } : NONE;
      }),
    ),
  );
}

/** Configuration of all kinds is in ConfigMaps: only what has the words of a board or of rules is parsed. */
function mayBeEither(text: Json): boolean {
  return typeof text === 'string' && (/"panels"/.test(text) || /^groups:/m.test(text));
}

function inList(file: string, document: Located): Asked {
  return merged(
    readList(document.value, 'items').map((item, index) =>
      inDocument(file, {
        value: item,
        line: (way) => document.line(['items', index, ...way]),
        within: (way) => document.within(['items', index, ...way]),
      }),
    ),
  );
}

function merged(found: readonly Asked[]): Asked {
  return { boards: found.flatMap(({ boards }) => boards), rules: found.flatMap(({ rules }) => rules) };
}

/** Whether a text is objects of Kubernetes, which have readers and checks of their own. */
export function isManifestText(text: string): boolean {
  return locate(text).some(
    ({ value }) => readText(value, 'apiVersion') !== undefined && readText(value, 'kind') !== undefined,
  );
}
