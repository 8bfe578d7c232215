/** An answer of the API that says no; with HTTP 200, as every answer of it that is not about sessions. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** As DolphinScheduler 3.2.0 numbers and words them. */
export const REFUSED = {
  parameter: () => new Refusal(10001, 'request parameter {0} is not valid'),
  alertGroupExists: () => new Refusal(10012, 'alarm group already exists'),
  login: () => new Refusal(10013, 'user name or password error'),
  dataSourceExists: () => new Refusal(10015, 'data source name already exists'),
  noTenant: (tenant: string) => new Refusal(10017, `tenant [${tenant}] not exists`),
  projectExists: (name: string) => new Refusal(10019, `project ${name} already exists`),
  scheduleOnline: () => new Refusal(10023, 'online status does not allow update operations'),
  cron: (cron: string) => new Refusal(10024, `scheduler crontab expression validation failure: ${cron}`),
  scheduleAlready: (state: string) => new Refusal(10126, `schedule release is already ${state}`),
  nameExists: (name: string) => new Refusal(10135, `name ${name} already exists`),
  definitionExists: (name: string) => new Refusal(10168, `process definition name ${name} already exists`),
  noProject: () => new Refusal(10190, 'This project was not found. Please refresh page.'),
  noSchedule: (id: string) => new Refusal(10203, `schedule ${id} does not exist`),
  scheduleExists: (code: string) =>
    new Refusal(10204, `workflow ${code} schedule already exist, please update or delete it`),
  notYours: (user: string, project: string) =>
    new Refusal(30002, `user ${user} is not has project ${project} permission`),
  noInstance: (id: string) => new Refusal(50001, `process instance ${id} does not exist`),
  noDefinition: (what: string) => new Refusal(50003, `process definition ${what} does not exist`),
  notOnline: (name: string) => new Refusal(50004, `process definition ${name} process version not online`),
  notEditable: (name: string) => new Refusal(50008, `process definition ${name} does not allow edit`),
  noContent: () => new Refusal(50018, 'data fileContent is null'),
  cycle: () => new Refusal(50019, 'process node has cycle'),
  taskParameters: (name: string) => new Refusal(50020, `process node ${name} parameter invalid`),
  noTasks: () => new Refusal(50035, 'process dag is empty'),
  tenantExists: (tenant: string) => new Refusal(10009, `os tenant code ${tenant} already exists`),
  environmentExists: (name: string) => new Refusal(120002, `this environment name [${name}] already exists`),
  noEnvironment: (code: string) => new Refusal(1200009, `not found environment code [${code}] `),
  descriptionTooLong: () => new Refusal(1400004, 'description is too long error'),
} as const;
