import { XMLParser } from 'fast-xml-parser';

/** An element as the S3 API writes it: a text, or elements by name; several of one name are a list. */
export type XmlValue = string | undefined | XmlElement | readonly (string | XmlElement)[];
export interface XmlElement {
  readonly [name: string]: XmlValue;
}

// The minio client makes numbers of what looks like one, so that tag `007` or object `1e5` would become another.
const parser = new XMLParser({ parseTagValue: false, trimValues: false, htmlEntities: true, ignoreAttributes: true });

/** The root element of a document; empty when it has another name, or is no XML. */
export function parseXml(text: string, root: string): XmlElement {
  let document: unknown;
  try {
    document = parser.parse(text);
  } catch {
    return {};
  }
  const element: unknown = isRecord(document) ? document[root] : undefined;
  return isRecord(element) ? (element as XmlElement) : {};
}

export function buildXml(name: string, value: XmlValue): string {
  if (Array.isArray(value)) return value.map((each: XmlValue) => buildXml(name, each)).join('');
  if (value === undefined) return '';
  const inside = isRecord(value)
    ? Object.entries(value)
        .map(([child, of]) => buildXml(child, of))
        .join('')
    : escaped(value as string);
  return `<${name}>${inside}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
}

/** The text of a child; an empty one when there is none. */
export function textOf(element: XmlElement, name: string): string {
  const value = element[name];
  return typeof value === 'string' ? value : '';
}

/** The child elements of this name, however many. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  const value = element[name];
  const all: readonly XmlValue[] = Array.isArray(value) ? value : [value];
  return all.filter((child): child is XmlElement => isRecord(child));
}

/** The only child of this name; empty when there is none. */
export function childOf(element: XmlElement, name: string): XmlElement {
  return childrenOf(element, name)[0] ?? {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
