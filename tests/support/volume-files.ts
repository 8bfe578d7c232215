import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const MEBIBYTE = 1 << 20;

/** Fills a volume with 200 MiB and more: large files and small ones, with owners and modes of all sorts. */
export function fillVolume(directory: string): void {
  const pages = join(directory, 'base', 'pages');
  mkdirSync(pages, { recursive: true });
  for (let number = 0; number < 40; number += 1) put(join(pages, `page-${String(number)}`), 5 * MEBIBYTE, 0o600, 999);
  const logs = join(directory, 'logs, of old');
  mkdirSync(logs);
  for (let number = 0; number < 200; number += 1) put(join(logs, `${String(number)} ü.log`), number * 37, 0o640, 1000);
  put(join(directory, 'run'), 12, 0o4755, 0);
  put(join(directory, 'empty'), 0, 0o444, 65_534);
  mkdirSync(join(directory, 'nothing in it'), { mode: 0o700 });
  symlinkSync('base/pages/page-1', join(directory, 'current'));
  own(pages, 0o2770, 999);
  own(logs, 0o1777, 1000);
}

function put(path: string, bytes: number, mode: number, owner: number): void {
  writeFileSync(path, randomBytes(bytes));
  own(path, mode, owner);
}

function own(path: string, mode: number, owner: number): void {
  chownSync(path, owner, owner + 1);
  chmodSync(path, mode);
}

/** Changes one byte in the middle of a file; its size and times but the last change stay. */
export function flipByte(path: string, at: number): void {
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, at);
    byte[0] = byte.readUInt8() ^ 1;
    writeSync(file, byte, 0, 1, at);
  } finally {
    closeSync(file);
  }
}
