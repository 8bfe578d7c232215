import { board, lines, number } from './panels.ts';

export const rollouts = board({
  uid: 'rollouts',
  title: 'Rollouts',
  description:
    'Windlass itself: its workers, the steps that they carry out, and the Temporal server that holds every rollout.',
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'Workers that answer',
          description: 'Without one, rollouts wait; nothing of them is lost.',
          thresholds: [
            [null, 'red'],
            [1, 'green'],
          ],
          query: 'sum(up{job="windlass"})',
        }),
        number({
          title: 'Temporal answers',
          description: 'Without it nobody can start, approve or look.',
          thresholds: [
            [null, 'red'],
            [1, 'green'],
          ],
          query: 'sum(up{job="temporal"})',
        }),
        number({
          title: 'Activities that run',
          description: 'Steps, looks at gates and what else workers do just now.',
          query: 'sum(temporal_worker_task_slots_used{worker_type="ActivityWorker"})',
        }),
        number({
          title: 'Slots that are left',
          description: 'At 0 new steps wait until one that runs has ended.',
          thresholds: [
            [null, 'red'],
            [10, 'green'],
          ],
          query: 'sum(temporal_worker_task_slots_available{worker_type="ActivityWorker"})',
        }),
        number({
          title: 'Pollers',
          description: 'Connections on which workers wait for work. None means that no worker takes any.',
          thresholds: [
            [null, 'red'],
            [1, 'green'],
          ],
          query: 'sum(temporal_num_pollers)',
        }),
        number({
          title: 'Attempts that failed in an hour',
          description: 'Attempts of steps. Some are tried again by themselves.',
          query: 'sum(increase(windlass_step_duration_count{outcome="failed"}[1h])) or vector(0)',
        }),
      ],
    },
    {
      title: 'Steps',
      panels: [
        lines({
          title: 'Attempts of steps',
          description: 'By kind, in five minutes.',
          queries: [['sum by (kind) (increase(windlass_step_duration_count[5m]))', '{{kind}}']],
        }),
        lines({
          title: 'Time of an attempt, 95th percentile',
          description: 'By what was done: plan, apply, verify.',
          unit: 'ms',
          queries: [
            ['histogram_quantile(0.95, sum by (le, verb) (rate(windlass_step_duration_bucket[15m])))', '{{verb}}'],
          ],
        }),
        lines({
          title: 'Outcomes',
          description: 'Of attempts of steps, in five minutes.',
          queries: [['sum by (outcome) (increase(windlass_step_duration_count[5m]))', '{{outcome}}']],
        }),
      ],
    },
    {
      title: 'Workers',
      panels: [
        lines({
          title: 'Slots in use',
          description: 'By what they are for.',
          queries: [['sum by (worker_type) (temporal_worker_task_slots_used)', '{{worker_type}}']],
        }),
        lines({
          title: 'Until an activity is started, 95th percentile',
          description: 'What it waited for a slot. Seconds ask for another worker.',
          unit: 'ms',
          queries: [
            [
              'histogram_quantile(0.95, sum by (le) (rate(temporal_activity_schedule_to_start_latency_bucket[$__rate_interval])))',
              'activities',
            ],
            [
              'histogram_quantile(0.95, sum by (le) (rate(temporal_workflow_task_schedule_to_start_latency_bucket[$__rate_interval])))',
              'decisions of workflows',
            ],
          ],
        }),
        lines({
          title: 'Workflows that ended',
          description: 'Rollouts, phases, locks and drills, in an hour.',
          queries: [
            ['sum by (workflow_type) (increase(temporal_workflow_completed_total[1h]))', '{{workflow_type}}'],
            ['sum by (workflow_type) (increase(temporal_workflow_failed_total[1h]))', '{{workflow_type}} failed'],
          ],
        }),
      ],
    },
    {
      title: 'Temporal',
      panels: [
        lines({
          title: 'Requests',
          description: 'By service of Temporal.',
          unit: 'reqps',
          queries: [['sum by (service_name) (rate(service_requests[$__rate_interval]))', '{{service_name}}']],
        }),
        lines({
          title: 'Requests that failed',
          description: 'By kind of error. What a client asked wrongly counts here too.',
          unit: 'reqps',
          queries: [
            ['sum by (error_type) (rate(service_error_with_type[$__rate_interval])) or vector(0)', '{{error_type}}'],
          ],
        }),
        lines({
          title: 'Time of requests, 95th percentile',
          description: 'Without those that wait for work.',
          unit: 's',
          queries: [
            [
              'histogram_quantile(0.95, sum by (le, service_name) (rate(service_latency_bucket{operation!~"Poll.*|GetWorkflowExecutionHistory|UpdateWorkflowExecution|PollWorkflowExecutionUpdate"}[$__rate_interval])))',
              '{{service_name}}',
            ],
          ],
        }),
        lines({
          title: 'Time of its database, 95th percentile',
          description: 'By service. Everything that a rollout does is written there.',
          unit: 's',
          queries: [
            [
              'histogram_quantile(0.95, sum by (le, service_name) (rate(persistence_latency_bucket[$__rate_interval])))',
              '{{service_name}}',
            ],
          ],
        }),
        lines({
          title: 'Tasks that no worker has taken yet',
          description: 'By queue. What grows is a worker that is missing.',
          queries: [['sum by (taskqueue) (approximate_backlog_count)', '{{taskqueue}}']],
        }),
        lines({
          title: 'Errors of its database',
          description: 'In five minutes.',
          queries: [['sum by (error_type) (increase(persistence_error_with_type[5m])) or vector(0)', '{{error_type}}']],
        }),
      ],
    },
  ],
});
