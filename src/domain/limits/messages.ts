import { limit } from '../limit.ts';

/** What is taken of messages to workflows: each is an event, and stays in the history for ever. */
export const OF_MESSAGES = {
  comment: limit(8_000, 'characters', {
    what: 'a comment, and what a waiver names',
    why: 'Three pages of text.',
    next: 'Link to the longer text.',
  }),
  signature: limit(8_000, 'characters', {
    what: 'the signature of a message',
    why: 'An armored SSH signature has 300.',
    next: 'Sign with an Ed25519 key.',
  }),
  messageName: limit(1_000, 'characters', {
    what: 'an identity, name, id or digest within a message',
    why: 'Ids of workflows are joined of several names of 63 characters; Temporal takes 1,000.',
    next: 'Write a shorter one.',
  }),
  judged: limit(50, 'messages', {
    what: 'decisions and commands that a workflow judges at a time',
    why: 'Each has activities, and Temporal takes so many of one workflow only.',
    next: 'Send it again.',
  }),
  denials: limit(200, 'denials', {
    what: 'denials that one workflow puts on record; the others are counted',
    why: 'Each is an entry of the record; people seldom deny more than some.',
    next: 'Close Temporal to whoever sends them.',
  }),
  handedOn: limit(20, 'messages', {
    what: 'decisions and commands by signal that a rollout hands to the run that continues it',
    why: 'They are its argument, of which Temporal takes 2 MiB.',
    next: 'Send it again.',
  }),
  takenLate: limit(20, 'messages', {
    what: 'decisions and commands that a rollout takes up once it is to continue as a new run',
    why: 'In a flood of them it would never come to it.',
    next: 'Nothing: the client sends it again, and a signal is handed to the next run.',
  }),
  waiting: limit(100, 'messages', {
    what: 'decisions and commands that wait in a phase; the oldest go',
    why: 'A phase has fewer open gates and parked steps at a time.',
    next: 'Send it again.',
  }),
  lockQueue: limit(1_500, 'requests', {
    what: 'requests that wait for one target or hold it',
    why: 'The memory of a lock is carried over as one argument, of which Temporal takes 2 MiB.',
    next: 'Nothing: who is not among them asks again.',
  }),
  lockRequest: limit(900, 'bytes', {
    what: 'a request to a lock',
    why: 'So many of them are carried over as one argument, of which Temporal takes 2 MiB.',
    next: 'Give rollouts and steps shorter names.',
  }),
} as const;
