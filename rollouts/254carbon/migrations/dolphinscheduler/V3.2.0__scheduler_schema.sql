-- windlass: stand-in with the table names of Apache DolphinScheduler 3.2.0 and columns of our own
--
-- The 54 t_ds_* and 11 qrtz_* tables are called as in the official schema, so that what counts and lists them can be
-- tried where the official schema cannot be fetched. DolphinScheduler itself cannot run on them. Nothing is dropped here:
-- run on a database that has these tables, this fails and changes nothing.

-- Who uses it: tenants, users, their queues, sessions and tokens.
CREATE TABLE t_ds_queue (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE t_ds_tenant (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL UNIQUE,
  queue_id integer REFERENCES t_ds_queue
);
CREATE TABLE t_ds_user (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  email text,
  is_admin boolean NOT NULL DEFAULT false,
  tenant_id integer REFERENCES t_ds_tenant,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE t_ds_session (
  id text PRIMARY KEY,
  user_id integer NOT NULL REFERENCES t_ds_user,
  address inet,
  seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE t_ds_access_token (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL REFERENCES t_ds_user,
  token_hash text NOT NULL,
  expires_at timestamptz
);
CREATE TABLE t_ds_audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL,
  what text NOT NULL,
  done_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE t_ds_version (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, version text NOT NULL UNIQUE);

-- Where work runs: clusters, namespaces, worker groups and environments.
CREATE TABLE t_ds_cluster (code bigint PRIMARY KEY, name text NOT NULL UNIQUE, config text);
CREATE TABLE t_ds_k8s (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, config text);
CREATE TABLE t_ds_k8s_namespace (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cluster_code bigint REFERENCES t_ds_cluster,
  namespace text NOT NULL,
  UNIQUE (cluster_code, namespace)
);
CREATE TABLE t_ds_worker_group (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  addresses text[] NOT NULL DEFAULT '{}'
);
CREATE TABLE t_ds_environment (code bigint PRIMARY KEY, name text NOT NULL UNIQUE, config text);
CREATE TABLE t_ds_environment_worker_group_relation (
  environment_code bigint NOT NULL REFERENCES t_ds_environment,
  worker_group text NOT NULL,
  PRIMARY KEY (environment_code, worker_group)
);

-- What work is done: projects, process and task definitions with their history.
CREATE TABLE t_ds_project (
  code bigint PRIMARY KEY,
  name text NOT NULL UNIQUE,
  user_id integer REFERENCES t_ds_user,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE t_ds_project_parameter (
  code bigint PRIMARY KEY,
  project_code bigint NOT NULL REFERENCES t_ds_project,
  name text NOT NULL,
  value text,
  UNIQUE (project_code, name)
);
CREATE TABLE t_ds_project_preference (
  code bigint PRIMARY KEY,
  project_code bigint NOT NULL UNIQUE REFERENCES t_ds_project,
  preferences jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE t_ds_process_definition (
  code bigint NOT NULL,
  version integer NOT NULL DEFAULT 1,
  project_code bigint NOT NULL REFERENCES t_ds_project,
  name text NOT NULL,
  is_online boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (code, version),
  UNIQUE (project_code, name, version)
);
CREATE TABLE t_ds_process_definition_log (LIKE t_ds_process_definition INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE t_ds_task_definition (
  code bigint NOT NULL,
  version integer NOT NULL DEFAULT 1,
  project_code bigint NOT NULL REFERENCES t_ds_project,
  name text NOT NULL,
  type text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}',
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (code, version)
);
CREATE TABLE t_ds_task_definition_log (LIKE t_ds_task_definition INCLUDING DEFAULTS INCLUDING INDEXES);
CREATE TABLE t_ds_process_task_relation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  process_code bigint NOT NULL,
  before_task_code bigint,
  after_task_code bigint NOT NULL
);
CREATE INDEX t_ds_process_task_relation_process ON t_ds_process_task_relation (process_code);
CREATE TABLE t_ds_process_task_relation_log (LIKE t_ds_process_task_relation INCLUDING IDENTITY INCLUDING INDEXES);
CREATE TABLE t_ds_schedules (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  process_code bigint NOT NULL UNIQUE,
  cron text NOT NULL,
  time_zone text NOT NULL DEFAULT 'UTC',
  is_online boolean NOT NULL DEFAULT false
);
CREATE TABLE t_ds_fav_task (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL REFERENCES t_ds_user,
  task_type text NOT NULL
);

-- What is being done: commands, instances, queues of tasks.
CREATE TABLE t_ds_command (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  process_code bigint NOT NULL,
  type text NOT NULL,
  priority smallint NOT NULL DEFAULT 2,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX t_ds_command_next ON t_ds_command (priority, id);
CREATE TABLE t_ds_error_command (
  id bigint PRIMARY KEY,
  process_code bigint NOT NULL,
  message text NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE t_ds_process_instance (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  process_code bigint NOT NULL,
  state text NOT NULL,
  started_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX t_ds_process_instance_state ON t_ds_process_instance (state, started_at);
CREATE TABLE t_ds_task_instance (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  process_instance_id bigint NOT NULL REFERENCES t_ds_process_instance,
  task_code bigint NOT NULL,
  state text NOT NULL,
  host text,
  started_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX t_ds_task_instance_process ON t_ds_task_instance (process_instance_id);
CREATE TABLE t_ds_task_group (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  capacity integer NOT NULL CHECK (capacity > 0),
  used integer NOT NULL DEFAULT 0
);
CREATE TABLE t_ds_task_group_queue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_id integer NOT NULL REFERENCES t_ds_task_group,
  task_instance_id bigint NOT NULL,
  status text NOT NULL
);
CREATE TABLE t_ds_trigger_relation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trigger_code bigint NOT NULL,
  job_id bigint NOT NULL,
  trigger_type text NOT NULL,
  UNIQUE (trigger_type, job_id, trigger_code)
);

-- What it works on: data sources, resources, functions.
CREATE TABLE t_ds_datasource (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  type text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}',
  UNIQUE (name, type)
);
CREATE TABLE t_ds_resources (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  full_name text NOT NULL,
  type text NOT NULL,
  size_bytes bigint NOT NULL DEFAULT 0,
  UNIQUE (full_name, type)
);
CREATE TABLE t_ds_udfs (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  class_name text NOT NULL,
  resource_id integer REFERENCES t_ds_resources
);

-- Whom it tells: alerts and the plugins that send them.
CREATE TABLE t_ds_plugin_define (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  type text NOT NULL,
  UNIQUE (name, type)
);
CREATE TABLE t_ds_alert_plugin_instance (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plugin_id integer NOT NULL REFERENCES t_ds_plugin_define,
  name text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE t_ds_alertgroup (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  plugin_instances integer[] NOT NULL DEFAULT '{}'
);
CREATE TABLE t_ds_alert (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_id integer REFERENCES t_ds_alertgroup,
  title text NOT NULL,
  content text,
  status text NOT NULL DEFAULT 'waiting',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX t_ds_alert_status ON t_ds_alert (status);
CREATE TABLE t_ds_alert_send_status (
  alert_id bigint NOT NULL REFERENCES t_ds_alert,
  plugin_instance_id integer NOT NULL REFERENCES t_ds_alert_plugin_instance,
  status text NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (alert_id, plugin_instance_id)
);

-- What it checks: data quality.
CREATE TABLE t_ds_dq_comparison_type (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE t_ds_dq_rule (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  type text NOT NULL
);
CREATE TABLE t_ds_dq_rule_execute_sql (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sql_text text NOT NULL,
  purpose text NOT NULL
);
CREATE TABLE t_ds_dq_rule_input_entry (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  field text NOT NULL,
  title text NOT NULL,
  default_value text
);
CREATE TABLE t_ds_dq_execute_result (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_instance_id bigint NOT NULL,
  rule_id integer NOT NULL REFERENCES t_ds_dq_rule,
  passed boolean NOT NULL,
  observed double precision
);
CREATE TABLE t_ds_dq_task_statistics_value (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_code bigint NOT NULL,
  name text NOT NULL,
  value double precision,
  measured_at timestamptz NOT NULL DEFAULT now()
);

-- Who may what, and what belongs to what.
CREATE TABLE t_ds_relation_datasource_user (
  user_id integer NOT NULL REFERENCES t_ds_user,
  datasource_id integer NOT NULL REFERENCES t_ds_datasource,
  PRIMARY KEY (user_id, datasource_id)
);
CREATE TABLE t_ds_relation_namespace_user (
  user_id integer NOT NULL REFERENCES t_ds_user,
  namespace_id integer NOT NULL REFERENCES t_ds_k8s_namespace,
  PRIMARY KEY (user_id, namespace_id)
);
CREATE TABLE t_ds_relation_project_user (
  user_id integer NOT NULL REFERENCES t_ds_user,
  project_code bigint NOT NULL REFERENCES t_ds_project,
  permission smallint NOT NULL DEFAULT 1,
  PRIMARY KEY (user_id, project_code)
);
CREATE TABLE t_ds_relation_resources_user (
  user_id integer NOT NULL REFERENCES t_ds_user,
  resource_id integer NOT NULL REFERENCES t_ds_resources,
  permission smallint NOT NULL DEFAULT 1,
  PRIMARY KEY (user_id, resource_id)
);
CREATE TABLE t_ds_relation_udfs_user (
  user_id integer NOT NULL REFERENCES t_ds_user,
  udf_id integer NOT NULL REFERENCES t_ds_udfs,
  PRIMARY KEY (user_id, udf_id)
);
CREATE TABLE t_ds_relation_process_instance (
  parent_instance_id bigint NOT NULL REFERENCES t_ds_process_instance,
  parent_task_instance_id bigint NOT NULL REFERENCES t_ds_task_instance,
  instance_id bigint NOT NULL REFERENCES t_ds_process_instance,
  PRIMARY KEY (parent_instance_id, parent_task_instance_id, instance_id)
);
CREATE TABLE t_ds_relation_sub_workflow (
  parent_instance_id bigint NOT NULL,
  parent_task_code bigint NOT NULL,
  sub_instance_id bigint NOT NULL,
  PRIMARY KEY (parent_instance_id, parent_task_code, sub_instance_id)
);
CREATE TABLE t_ds_relation_rule_execute_sql (
  rule_id integer NOT NULL REFERENCES t_ds_dq_rule,
  execute_sql_id integer NOT NULL REFERENCES t_ds_dq_rule_execute_sql,
  PRIMARY KEY (rule_id, execute_sql_id)
);
CREATE TABLE t_ds_relation_rule_input_entry (
  rule_id integer NOT NULL REFERENCES t_ds_dq_rule,
  input_entry_id integer NOT NULL REFERENCES t_ds_dq_rule_input_entry,
  position smallint NOT NULL DEFAULT 0,
  PRIMARY KEY (rule_id, input_entry_id)
);

-- The Quartz scheduler inside of it.
CREATE TABLE qrtz_job_details (
  scheduler text NOT NULL,
  job text NOT NULL,
  class_name text NOT NULL,
  is_durable boolean NOT NULL DEFAULT true,
  PRIMARY KEY (scheduler, job)
);
CREATE TABLE qrtz_triggers (
  scheduler text NOT NULL,
  trigger text NOT NULL,
  job text NOT NULL,
  next_fire_at timestamptz,
  state text NOT NULL,
  PRIMARY KEY (scheduler, trigger),
  FOREIGN KEY (scheduler, job) REFERENCES qrtz_job_details
);
CREATE INDEX qrtz_triggers_next ON qrtz_triggers (scheduler, state, next_fire_at);
CREATE TABLE qrtz_simple_triggers (
  scheduler text NOT NULL,
  trigger text NOT NULL,
  repeats integer NOT NULL,
  every interval NOT NULL,
  PRIMARY KEY (scheduler, trigger),
  FOREIGN KEY (scheduler, trigger) REFERENCES qrtz_triggers
);
CREATE TABLE qrtz_cron_triggers (
  scheduler text NOT NULL,
  trigger text NOT NULL,
  cron text NOT NULL,
  time_zone text,
  PRIMARY KEY (scheduler, trigger),
  FOREIGN KEY (scheduler, trigger) REFERENCES qrtz_triggers
);
CREATE TABLE qrtz_simprop_triggers (
  scheduler text NOT NULL,
  trigger text NOT NULL,
  properties jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (scheduler, trigger),
  FOREIGN KEY (scheduler, trigger) REFERENCES qrtz_triggers
);
CREATE TABLE qrtz_blob_triggers (
  scheduler text NOT NULL,
  trigger text NOT NULL,
  content bytea,
  PRIMARY KEY (scheduler, trigger),
  FOREIGN KEY (scheduler, trigger) REFERENCES qrtz_triggers
);
CREATE TABLE qrtz_calendars (scheduler text NOT NULL, name text NOT NULL, content bytea, PRIMARY KEY (scheduler, name));
CREATE TABLE qrtz_paused_trigger_grps (scheduler text NOT NULL, name text NOT NULL, PRIMARY KEY (scheduler, name));
CREATE TABLE qrtz_fired_triggers (
  scheduler text NOT NULL,
  entry text NOT NULL,
  trigger text NOT NULL,
  instance text NOT NULL,
  fired_at timestamptz NOT NULL,
  PRIMARY KEY (scheduler, entry)
);
CREATE TABLE qrtz_scheduler_state (
  scheduler text NOT NULL,
  instance text NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (scheduler, instance)
);
CREATE TABLE qrtz_locks (scheduler text NOT NULL, name text NOT NULL, PRIMARY KEY (scheduler, name));

INSERT INTO t_ds_version (version) VALUES ('3.2.0');
