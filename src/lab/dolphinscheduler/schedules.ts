import { readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import { paged, type Asked } from './asked.ts';
import { definitionOf } from './definitions.ts';
import { REFUSED } from './refusal.ts';
import { ownProject } from './resources.ts';
import { apiTime, codeOf, isCode, type Schedule, type Store } from './state.ts';

/** Schedules: at most one of a definition, and only of one that is online. */

export function listSchedules(store: Store, asking: Asked): Json {
  const project = ownProject(store, asking);
  const asks = asking.text('processDefinitionCode') || '0';
  const inProject = store.state.schedules.filter((schedule) =>
    store.state.definitions.some(
      ({ projectCode, code }) =>
        projectCode === project.code &&
        isCode(code, String(schedule.processDefinitionCode)) &&
        (asks === '0' || isCode(code, asks)),
    ),
  );
  return paged(inProject as unknown as Json[], asking);
}

export function createSchedule(store: Store, asking: Asked): Json {
  const code = asking.required('processDefinitionCode');
  const definition = definitionOf(store, asking, code);
  if (definition.releaseState !== 'ONLINE') throw REFUSED.notOnline(definition.name);
  if (store.state.schedules.some((one) => isCode(one.processDefinitionCode, code))) throw REFUSED.scheduleExists(code);
  const { id: userId, userName } = asking.user;
  const schedule: Schedule = {
    ...{ id: store.nextId(), processDefinitionCode: definition.code, releaseState: 'OFFLINE' },
    ...{ createTime: apiTime(), userId, userName },
    ...contentOf(store, asking),
  };
  store.state.schedules.push(schedule);
  return schedule as unknown as Json;
}

export function updateSchedule(store: Store, asking: Asked): Json {
  const before = scheduleAt(store, asking);
  if (before.releaseState === 'ONLINE') throw REFUSED.scheduleOnline();
  replace(store, { ...before, ...contentOf(store, asking) });
  return null;
}

export function setScheduleState(releaseState: Schedule['releaseState']) {
  return (store: Store, asking: Asked): Json => {
    const before = scheduleAt(store, asking);
    if (before.releaseState === releaseState) throw REFUSED.scheduleAlready(releaseState);
    const definition = definitionOf(store, asking, String(before.processDefinitionCode));
    if (releaseState === 'ONLINE' && definition.releaseState !== 'ONLINE') throw REFUSED.notOnline(definition.name);
    replace(store, { ...before, releaseState });
    return null;
  };
}

function scheduleAt(store: Store, asking: Asked): Schedule {
  ownProject(store, asking);
  const id = asking.path['id'] ?? '';
  const found = store.state.schedules.find((schedule) => String(schedule.id) === id);
  if (found === undefined) throw REFUSED.noSchedule(id);
  return found;
}

function replace(store: Store, schedule: Schedule): void {
  store.state.schedules = store.state.schedules.map((one) => (one.id === schedule.id ? schedule : one));
}

function contentOf(store: Store, asking: Asked) {
  const timing = asking.json('schedule');
  const field = (name: string): string => {
    const value = readText(timing, name);
    if (value === undefined || value === '') throw REFUSED.parameter();
    return value;
  };
  const crontab = field('crontab');
  // Six or seven fields, one of the two days open: Quartz, not crontab(5).
  const fields = crontab.trim().split(/\s+/);
  if (fields.length < 6 || fields.length > 7 || (fields[3] === '?') === (fields[5] === '?'))
    throw REFUSED.cron(crontab);
  const tenantCode = asking.text('tenantCode') || 'default';
  if (!store.state.tenants.some((tenant) => tenant['tenantCode'] === tenantCode)) throw REFUSED.noTenant(tenantCode);
  return {
    crontab,
    tenantCode,
    startTime: field('startTime'),
    endTime: field('endTime'),
    timezoneId: field('timezoneId'),
    failureStrategy: asking.text('failureStrategy') || 'CONTINUE',
    warningType: asking.text('warningType') || 'NONE',
    warningGroupId: Number(asking.text('warningGroupId') || '1'),
    processInstancePriority: asking.text('processInstancePriority') || 'MEDIUM',
    workerGroup: asking.text('workerGroup') || 'default',
    environmentCode: codeOf(asking.text('environmentCode') || '-1'),
    updateTime: apiTime(),
  };
}
