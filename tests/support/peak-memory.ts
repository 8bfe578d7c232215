import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has ever held, in MiB. By Linux's own account of it: `maxRSS` begins with what the
 * process that started this one held at that moment.
 */
export function peakMebibytes(): number {
  const kibibytes =
    process.platform === 'linux'
      ? Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS;
  return kibibytes / 1_024;
}
