import { board, lines, number } from './panels.ts';

export const dolphinschedulerOperations = board({
  uid: 'dolphinscheduler-operations',
  title: 'DolphinScheduler Operations',
  description: 'Workflows and tasks, the servers that carry them out, and the database that they stand in.',
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'Pods that are ready, of 16',
          description: '3 that serve the API, 3 masters, 8 workers, 2 that send alerts.',
          thresholds: [
            [null, 'red'],
            [14, 'orange'],
            [16, 'green'],
          ],
          query: 'sum(kube_pod_status_ready{namespace="data-platform",pod=~"dolphinscheduler-.*",condition="true"})',
        }),
        number({
          title: 'Workflows that run',
          description: 'On all masters.',
          query: 'sum(ds_workflow_instance_running)',
        }),
        number({
          title: 'Tasks that run',
          description: 'On all workers.',
          query: 'sum(ds_worker_active_execute_thread)',
        }),
        number({
          title: 'Tasks that wait',
          description: 'In the queues of the workers. A number that stays high asks for more workers.',
          thresholds: [
            [null, 'green'],
            [20, 'orange'],
            [100, 'red'],
          ],
          query: 'sum(ds_worker_execute_queue_size)',
        }),
        number({
          title: 'Workflows that failed in a day',
          description: 'Of all projects.',
          thresholds: [
            [null, 'green'],
            [1, 'orange'],
            [10, 'red'],
          ],
          query: 'sum(increase(ds_workflow_instance_count_total{state="fail"}[1d])) or vector(0)',
        }),
        number({
          title: 'Its database',
          description: 'What workflows, their runs and their schedules take up in PostgreSQL.',
          unit: 'bytes',
          query: 'max(pg_database_size_bytes{datname="dolphinscheduler"})',
        }),
      ],
    },
    {
      title: 'Workflows and tasks',
      panels: [
        lines({
          title: 'Workflows by outcome',
          description: 'Submitted, and how they ended.',
          queries: [['sum by (state) (increase(ds_workflow_instance_count_total[5m]))', '{{state}}']],
          span: 12,
        }),
        lines({
          title: 'Tasks by outcome',
          description: 'Many retries are a task whose other side does not answer.',
          queries: [['sum by (state) (increase(ds_task_instance_count_total[5m]))', '{{state}}']],
          span: 12,
        }),
        lines({
          title: 'Tasks handed to workers',
          description: 'And those that no worker took.',
          unit: 'ops',
          queries: [
            ['sum(rate(ds_task_dispatch_count_total[$__rate_interval]))', 'handed over'],
            ['sum(rate(ds_task_dispatch_failure_count_total[$__rate_interval])) or vector(0)', 'not taken'],
          ],
        }),
        lines({
          title: 'Tasks by worker',
          description: 'One that has none while others queue is not found by the masters.',
          queries: [['sum by (pod) (ds_worker_active_execute_thread)', '{{pod}}']],
        }),
        lines({
          title: 'Too much to do',
          description: 'How often a master or worker refused work for want of processor or memory.',
          queries: [
            ['sum(increase(ds_master_overload_count_total[5m])) or vector(0)', 'masters'],
            ['sum(increase(ds_worker_overload_count_total[5m])) or vector(0)', 'workers'],
          ],
        }),
      ],
    },
    {
      title: 'Servers',
      panels: [
        lines({
          title: 'Requests to its API',
          description: 'What people and Windlass ask.',
          unit: 'reqps',
          queries: [['sum(rate(ds_api_request_count_total[$__rate_interval]))', 'requests']],
        }),
        lines({
          title: 'Alerts of workflows',
          description: 'That wait to be sent, and that could not be.',
          queries: [
            ['sum(ds_alert_pending)', 'waiting'],
            ['sum(increase(ds_alert_send_count_total{status="fail"}[5m])) or vector(0)', 'not sent'],
          ],
        }),
        lines({
          title: 'Memory of the servers',
          description: 'Heap that is in use, as a share of what the server may have.',
          unit: 'percentunit',
          queries: [
            [
              'sum by (pod) (jvm_memory_used_bytes{area="heap",job=~"dolphinscheduler.*"}) / sum by (pod) (jvm_memory_max_bytes{area="heap",job=~"dolphinscheduler.*"})',
              '{{pod}}',
            ],
          ],
        }),
        lines({
          title: 'Connections to the database',
          description: 'Of the role dolphinscheduler, which may have 200.',
          queries: [['sum(pg_stat_database_numbackends{datname="dolphinscheduler"})', 'connections']],
        }),
        lines({
          title: 'Transactions in its database',
          description: 'Masters write to it with every task; none at all means that nothing is scheduled.',
          unit: 'ops',
          queries: [
            ['sum(rate(pg_stat_database_xact_commit{datname="dolphinscheduler"}[$__rate_interval]))', 'committed'],
            ['sum(rate(pg_stat_database_xact_rollback{datname="dolphinscheduler"}[$__rate_interval]))', 'taken back'],
          ],
        }),
        lines({
          title: 'Restarts within an hour',
          description: 'Of its containers.',
          queries: [
            [
              'sum by (pod) (increase(kube_pod_container_status_restarts_total{namespace="data-platform",pod=~"dolphinscheduler-.*"}[1h]))',
              '{{pod}}',
            ],
          ],
        }),
      ],
    },
  ],
});
