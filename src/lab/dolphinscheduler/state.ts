import { join } from 'node:path';
import { readDigits } from '../../domain/json-fields.ts';
import { jsonText, parseJson, type Json, type JsonObject } from '../../domain/json.ts';
import { PRIVATE, readIfThere, writeFileAtomically } from '../files.ts';

/** A whole number as DolphinScheduler's 64-bit codes are: a `bigint` beyond 2^53. */
export type Code = number | bigint;

export interface Project {
  readonly id: number;
  readonly code: Code;
  readonly name: string;
  readonly description: string;
  readonly userId: number;
  readonly userName: string;
  readonly createTime: string;
  readonly updateTime: string;
}

/** A workflow, as its newest version is. */
export interface Definition {
  readonly id: number;
  readonly code: Code;
  readonly projectCode: Code;
  readonly name: string;
  readonly version: number;
  readonly releaseState: 'ONLINE' | 'OFFLINE';
  readonly description: string;
  /** JSON, as it was sent. */
  readonly globalParams: string;
  readonly locations: string;
  readonly timeout: number;
  readonly executionType: string;
  readonly createTime: string;
  readonly updateTime: string;
  readonly userId: number;
  readonly userName: string;
  readonly tasks: readonly JsonObject[];
  readonly relations: readonly JsonObject[];
}

export interface Schedule {
  readonly id: number;
  readonly processDefinitionCode: Code;
  readonly startTime: string;
  readonly endTime: string;
  readonly timezoneId: string;
  readonly crontab: string;
  readonly failureStrategy: string;
  readonly warningType: string;
  readonly releaseState: 'ONLINE' | 'OFFLINE';
  readonly warningGroupId: number;
  readonly processInstancePriority: string;
  readonly workerGroup: string;
  readonly tenantCode: string;
  readonly environmentCode: Code;
  readonly createTime: string;
  readonly updateTime: string;
  readonly userId: number;
  readonly userName: string;
}

/** A run of a workflow. How far it is follows from the time: it survives a restart as the real one does. */
export interface Instance {
  readonly id: number;
  readonly triggerCode: Code;
  readonly projectCode: Code;
  readonly definitionCode: Code;
  readonly definitionVersion: number;
  readonly name: string;
  readonly userName: string;
  readonly tenantCode: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly tasks: readonly TaskRun[];
  readonly state: 'SUCCESS' | 'FAILURE';
  /** Milliseconds after its start. */
  readonly endsAfter: number;
}

export interface TaskRun {
  readonly id: number;
  readonly name: string;
  readonly taskType: string;
  readonly taskCode: Code;
  readonly state: 'SUCCESS' | 'FAILURE';
  /** Milliseconds after the start of the run. */
  readonly beginsAfter: number;
  readonly endsAfter: number;
  readonly log: readonly string[];
}

export interface State {
  readonly version: 1;
  /** The last id and the last code that were given out. */
  lastId: number;
  lastCode: Code;
  projects: Project[];
  definitions: Definition[];
  /** Every version of every task, by its code, the first first. */
  taskLog: Record<string, JsonObject[]>;
  schedules: Schedule[];
  instances: Instance[];
  tenants: JsonObject[];
  environments: JsonObject[];
  workerGroups: JsonObject[];
  alertGroups: JsonObject[];
  dataSources: JsonObject[];
}

/** What the stand-in keeps, in one file of a directory, written before each answer. */
export class Store {
  readonly state: State;
  readonly #path: string;

  /** @param firstCode that is given out where nothing is kept yet. */
  constructor(directory: string, firstCode: Code) {
    this.#path = join(directory, 'state.json');
    const text = readIfThere(this.#path);
    this.state = text === undefined ? emptyState(firstCode) : (parseJson(text) as unknown as State);
  }

  keep(): void {
    writeFileAtomically(this.#path, jsonText(this.state), PRIVATE);
  }

  nextId(): number {
    this.state.lastId += 1;
    return this.state.lastId;
  }

  nextCode(): Code {
    this.state.lastCode = codeOf(String(BigInt(this.state.lastCode) + 1n));
    return this.state.lastCode;
  }
}

function emptyState(firstCode: Code): State {
  const time = '2026-11-23 08:10:57';
  const common: Record<string, Json> = { createTime: time, updateTime: time };
  return {
    version: 1,
    lastId: 0,
    lastCode: firstCode,
    projects: [],
    definitions: [],
    taskLog: {},
    schedules: [],
    instances: [],
    tenants: [{ id: -1, tenantCode: 'default', description: 'default tenant', queueId: 1, ...common }],
    environments: [],
    workerGroups: [],
    alertGroups: [
      { id: 1, groupName: 'default admin warning group', description: '', alertInstanceIds: '', ...common },
    ],
    dataSources: [],
  };
}

/** Codes are equal whatever they are held in. */
export function isCode(code: Json | undefined, text: string): boolean {
  return text !== '' && readDigits(code) === text;
}

/** @param digits of a whole number. */
export function codeOf(digits: string): Code {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

/** Time as the API writes it: `2026-11-23 08:13:32`, in UTC. */
export function apiTime(ms: number = Date.now()): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
