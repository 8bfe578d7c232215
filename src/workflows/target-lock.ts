import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { bookkeeping } from './activities.ts';
import {
  asAnswered,
  emptyLock,
  enqueue,
  expire,
  grantable,
  isAhead,
  mustAsk,
  noteGivenBack,
  release,
  type LockMemory,
} from '../domain/lock.ts';
import { LIMITS } from '../domain/limits.ts';
import { readLockMemory, readLockRequest, readRequestId } from '../contract/message-schemas.ts';
import { summaryOf } from './failures.ts';
import { Mailbox } from './receive.ts';
import { since } from './since.ts';
import {
  acquireSignal,
  grantedSignal,
  lockQuery,
  releaseSignal,
  type LockGrant,
  type LockRequest,
  type LockState,
} from '../contract/messages.ts';

/** How often waiting requests make the lock look whether its holders still live. */
const LOOK_MS = 5_000;
/** How many requests are asked after at a time. */
const ASKED_AT_ONCE = 100;

/**
 * One workflow per target: grants the right to act on it, to one owner at a time, with a token that grows with every
 * change of owner. It runs for ever; its memory is carried over continue-as-new.
 *
 * Anybody can send it a signal in the name of anybody. So whoever is said to ask, hold or give back is asked whether that is so,
 * once somebody else waits for it: until then it keeps nobody off, and a rollout that is alone costs no question.
 *
 * @throws CancelledFailure.
 */
export async function targetLock(carried: LockMemory | null): Promise<void> {
  const lock = workflowInfo().workflowId;
  let memory = trusted(carried);
  let dirty = memory.queue.length > 0;
  const bounded = since('lock-bounded');

  const mailbox = new Mailbox();
  mailbox.on(acquireSignal, readLockRequest, (request) => {
    // Who does not get in asks again.
    if (memory.queue.length + (bounded ? memory.held.length : 0) >= LIMITS.lockQueue.most) return;
    memory = enqueue(memory, request);
    dirty = true;
  });
  mailbox.on(releaseSignal, readRequestId, (id) => {
    memory = asksBack() ? noteGivenBack(memory, id) : release(memory, id);
    dirty = true;
  });
  mailbox.refuseOthers();
  setHandler(lockQuery, () => shown(lock, memory));

  const isDirty = () => dirty;

  for (;;) {
    // Nothing waits: sleep without a timer. Something waits: wake to look for leases that ran out and holders that died.
    if (memory.queue.length === 0) await condition(isDirty);
    else await condition(isDirty, LOOK_MS);
    dirty = false;
    memory = expire(memory, Date.now());
    if (!asksBack()) {
      if (memory.queue.length > 0) await releaseDeadHolders();
      await grantAll();
    } else {
      const asked = mustAsk(memory) ? await askBack() : new Set<string>();
      await grantAll();
      // Who got the lock just now may be nobody, and others wait.
      if (mustAsk(memory) && memory.held.some(({ id }) => !asked.has(id))) dirty = true;
    }
    // A signal that came meanwhile is taken up first: what waits in a mailbox does not survive continue-as-new.
    if (workflowInfo().continueAsNewSuggested && !isDirty()) await continueAsNew<typeof targetLock>(memory);
  }

  /** Drops what nobody wants by their own word. @returns the ids that were asked after. */
  async function askBack(): Promise<ReadonlySet<string>> {
    const all = [...memory.held, ...memory.queue];
    for (let at = 0; at < all.length; at += ASKED_AT_ONCE) {
      const asked = all.slice(at, at + ASKED_AT_ONCE).map(requestOf);
      try {
        const before = memory;
        const unwanted = new Set(await bookkeeping.unwantedRequests(lock, asked));
        // Locks of before forgot what came while they asked.
        memory = asAnswered(since('lock-keeps') ? memory : before, asked, unwanted);
      } catch (error) {
        unanswered(error);
      }
    }
    return new Set(all.map(({ id }) => id));
  }

  async function releaseDeadHolders(): Promise<void> {
    const known = new Map<string, boolean>();
    for (const { id, holder } of memory.held) {
      // The steps of one phase have one holder, who is asked for once.
      const key = `${holder.runId} ${holder.workflowId}`;
      try {
        const open = known.get(key) ?? (await bookkeeping.isOpen(holder.workflowId, holder.runId));
        if (bounded) known.set(key, open);
        if (!open) memory = release(memory, id);
      } catch (error) {
        unanswered(error);
      }
    }
  }

  async function grantAll(): Promise<void> {
    const isLong = () => bounded && workflowInfo().continueAsNewSuggested;
    for (let next = grantable(memory, Date.now()); next && !isLong(); next = grantable(memory, Date.now())) {
      memory = next.memory;
      const { request, deadline } = next;
      const grant: LockGrant = { id: request.id, lock, token: memory.token, deadline };
      try {
        const { workflowId, runId } = request.holder;
        await getExternalWorkflowHandle(workflowId, runId).signal(grantedSignal, grant);
      } catch {
        // The asker is gone (closed, terminated): what it was granted goes to the next in line.
        memory = release(memory, request.id);
      }
    }
  }
}

/** Who could not be asked after is asked after again at the next look, and keeps what it holds until then. */
function unanswered(error: unknown): void {
  if (isCancellation(error)) throw error;
  log.warn('it could not be told whether requests are wanted', { why: summaryOf(error).message });
}

/** Locks of before believe every signal, until they are given something to do by this version. */
function asksBack(): boolean {
  return since('lock-asks');
}

function requestOf({ id, owner, holder, leaseMs, givenBack }: LockRequest): LockRequest {
  return { id, owner, holder, leaseMs, ...(givenBack === undefined ? {} : { givenBack }) };
}

/** What was given back is told apart: nobody holds it, unless somebody else said so. */
function shown(lock: string, memory: LockMemory): LockState {
  const held = memory.held.filter(({ givenBack }) => givenBack !== true);
  const givenBack = memory.held.filter((hold) => hold.givenBack === true);
  return { lock, ...memory, held, owner: held.length === 0 ? null : memory.owner, givenBack };
}

/** The memory that was handed in, unless it is none: anybody who reaches Temporal may start a lock with anything. */
function trusted(carried: LockMemory | null): LockMemory {
  const read = readLockMemory(carried);
  return 'message' in read && !isAhead(read.message.token, Date.now()) ? read.message : emptyLock();
}
