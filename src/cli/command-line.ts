import { CommanderError } from 'commander';
import { EXIT } from './exit.ts';
import { windlass } from './program.ts';
import { report, wrongUsage } from './run.ts';

// Who reads the output may go away early, as `head` does: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

const json = process.argv.includes('--json');
try {
  const args = process.argv.slice(2);
  await (await windlass(args)).parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = error instanceof CommanderError ? usageExit(error) : report(error, json);
}
// Said rather than waited for: a question to a server that does not answer may still be under way after Ctrl-C.
process.exit();

function usageExit(error: CommanderError): number {
  // Help and version were asked for, and are printed by the time they are thrown.
  if (error.exitCode === 0) return EXIT.ok;
  // Without a verb, help is printed too.
  if (error.code === 'commander.help') return EXIT.usage;
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace(/\.$/, '');
  return report(wrongUsage(`${message.charAt(0).toUpperCase()}${message.slice(1)}.`, 'Read `windlass help`.'), json);
}
