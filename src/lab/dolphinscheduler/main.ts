import { standIn } from './stand-in.ts';

/** The program of the lab's server: `node main.js PORT`, in the directory that keeps its state. */
const running = await standIn({
  directory: process.cwd(),
  port: Number(process.argv[2]),
  users: { admin: process.env['STAND_IN_PASSWORD'] ?? '' },
  pace: { master: 300, task: 300 },
  firstCode: 23_806_869_434_687,
});
process.once('SIGTERM', () => {
  void running.close();
});
