import type { Way } from './sql/section.ts';

/** One file to run, not yet opened. */
export interface Migration {
  /** What errors name: the path in the rollout, or the address of an artifact. */
  readonly path: string;
  /** Name without directories, but for the folder that a naming gives to each migration. */
  readonly name: string;
  readonly kind: 'versioned' | 'repeatable';
  readonly version: string;
  readonly description: string;
  /** Hex, over the file as it is in the bundle, or over the artifact as it is published. */
  readonly sha256: string;
  /** The digest of the file that may stand in for it here; null where none may. */
  readonly standInSha256: string | null;
  /** Whether it was written for another tool, so that what that one is told in comments counts, and how it runs files. */
  readonly ofOtherTool: boolean;
  /** The file in which its tool keeps what it is told of it, with its digest; null when there is none. */
  readonly settings: { readonly path: string; readonly sha256: string; read(): Promise<string> } | null;
  /** Which section of the file it is, where one file holds the change and what takes it back; null where none may. */
  readonly section: Way | null;
  /** What a file would be called that takes it back; null where no file of that naming does. */
  readonly wayBack: string | null;
  /** Fetches what must be fetched. @throws WindlassFailure when that fails and nothing may stand in. */
  open(signal: AbortSignal): Promise<Content>;
}

/** The bytes of a migration; they can be asked for more than once. */
export interface Content {
  /** What errors name: that of the stand-in where one had to do. */
  readonly path: string;
  /** What the ledger will say. */
  readonly sha256: string;
  /** Why a stand-in is used in place of what was asked for; null when none is. */
  readonly standIn: string | null;
  stream(): AsyncIterable<Buffer>;
}
