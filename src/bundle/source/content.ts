import type { Document } from 'yaml';
import type { Problem } from '../problem.ts';
import type { Path, YamlSource } from './yaml-source.ts';

/** One document of a source, with what is in it as plain data at the time it was made. */
export class Content {
  readonly source: YamlSource;
  readonly document: Document.Parsed;
  readonly data: unknown;

  /** @throws ReferenceError when the document is not plain data, see `YamlSource.problems`. */
  constructor(source: YamlSource, document: Document.Parsed) {
    this.source = source;
    this.document = document;
    this.data = document.toJS({ maxAliasCount: -1 });
  }

  /** A problem with the value under `path`. */
  at(path: Path, message: string): Problem {
    return this.source.problemAt(this.document, path, message);
  }

  /** A problem with the name under which something stands. */
  atKey(path: Path, message: string): Problem {
    return this.source.problemAtKey(this.document, path, message);
  }

  /** `rollout.yaml:12`, to point at another place within a message. */
  place(path: Path): string {
    const { file, line } = this.at(path, '');
    return `${file}:${line}`;
  }
}
