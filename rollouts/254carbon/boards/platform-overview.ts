import { board, choice, lines, number, table } from './panels.ts';

export const platformOverview = board({
  uid: 'platform-overview',
  title: 'Platform Overview',
  description: 'Whether the platform stands: what is measured, what runs, and how the cluster and its nodes bear it.',
  choices: [choice('namespace', 'Namespace', 'label_values(kube_pod_info, namespace)')],
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'Targets that answer',
          description: 'Everything that is asked for numbers and gave some.',
          query: 'count(up == 1)',
        }),
        number({
          title: 'Targets that do not',
          description: 'Whatever is on a board and comes from one of them is old. None should be here.',
          thresholds: [
            [null, 'green'],
            [1, 'red'],
          ],
          query: 'count(up == 0) or vector(0)',
        }),
        number({
          title: 'Alerts that fire',
          description: 'Alerts of which somebody was told.',
          thresholds: [
            [null, 'green'],
            [1, 'orange'],
          ],
          query: 'count(ALERTS{alertstate="firing"}) or vector(0)',
        }),
        number({
          title: 'Pods that are not ready',
          description: 'Pods that should run and are not ready, those that have ended well left out.',
          thresholds: [
            [null, 'green'],
            [1, 'orange'],
            [5, 'red'],
          ],
          query: 'sum(namespace:pods_not_ready:count{namespace=~"$namespace"}) or vector(0)',
        }),
        number({
          title: 'PostgreSQL',
          description: '1 while it answers. Everything that people use keeps what it knows there.',
          thresholds: [
            [null, 'red'],
            [1, 'green'],
          ],
          query: 'min(pg_up)',
        }),
        number({
          title: 'Since the last good backup',
          description: 'Backups are made every hour; a day without one means that a day would be lost.',
          unit: 's',
          thresholds: [
            [null, 'green'],
            [7_200, 'orange'],
            [93_600, 'red'],
          ],
          query: 'time() - max(velero_backup_last_successful_timestamp > 0)',
        }),
      ],
    },
    {
      title: 'Cluster',
      panels: [
        lines({
          title: 'Requests to the API server',
          description: 'By answer. 5xx is the server’s own fault, 429 means that it is asked too much.',
          unit: 'reqps',
          queries: [['sum by (code) (rate(apiserver_request_total[$__rate_interval]))', '{{code}}']],
        }),
        lines({
          title: 'Time of requests to the API server, 99th percentile',
          description: 'Without those that wait for changes. Above a second everything that deploys becomes slow.',
          unit: 's',
          queries: [['verb:apiserver_request_duration_seconds:p99', '{{verb}}']],
        }),
        lines({
          title: 'Time until etcd has written, 99th percentile',
          description: 'Above 100 ms the disk is too slow for etcd, and leaders begin to change.',
          unit: 's',
          queries: [
            [
              'histogram_quantile(0.99, sum by (le) (rate(etcd_disk_wal_fsync_duration_seconds_bucket[$__rate_interval])))',
              'log',
            ],
            [
              'histogram_quantile(0.99, sum by (le) (rate(etcd_disk_backend_commit_duration_seconds_bucket[$__rate_interval])))',
              'data',
            ],
          ],
        }),
        lines({
          title: 'Size of etcd',
          description: 'At its quota it takes nothing any more, and the cluster stands still.',
          unit: 'bytes',
          queries: [
            ['max(etcd_mvcc_db_total_size_in_bytes)', 'size'],
            ['max(etcd_mvcc_db_total_size_in_use_in_bytes)', 'in use'],
            ['max(etcd_server_quota_backend_bytes)', 'quota'],
          ],
        }),
        lines({
          title: 'Pods that wait for a node',
          description: 'Unschedulable ones wait for room, a volume or a node that there is not.',
          queries: [['sum by (queue) (scheduler_pending_pods)', '{{queue}}']],
        }),
        lines({
          title: 'Work that controllers have before them',
          description: 'What grows for long is a controller that does not keep up, or fails again and again.',
          queries: [['topk(8, sum by (name) (workqueue_depth) > 0) or sum(workqueue_depth)', '{{name}}']],
        }),
        lines({
          title: 'Pods by phase',
          description: 'Pending for long, Failed and Unknown are what to look at.',
          queries: [['sum by (phase) (kube_pod_status_phase{namespace=~"$namespace"})', '{{phase}}']],
        }),
        lines({
          title: 'Restarts within an hour',
          description: 'Containers that ended and were started again.',
          queries: [
            [
              'sum by (namespace) (increase(kube_pod_container_status_restarts_total{namespace=~"$namespace"}[1h]))',
              '{{namespace}}',
            ],
          ],
        }),
        lines({
          title: 'Objects that the cluster keeps',
          description: 'The kinds of which there are most. One that grows without end fills etcd.',
          queries: [['topk(8, sum by (group, resource) (apiserver_resource_objects))', '{{resource}} {{group}}']],
        }),
        lines({
          title: 'What policies of the API server decided',
          description: 'Objects that its admission policies looked at, by what they did: allow, audit or deny.',
          unit: 'reqps',
          queries: [
            [
              'sum by (policy, enforcement_action) (rate(apiserver_validating_admission_policy_check_total[$__rate_interval]))',
              '{{policy}} {{enforcement_action}}',
            ],
          ],
        }),
      ],
    },
    {
      title: 'Nodes',
      panels: [
        lines({
          title: 'Busy processors',
          description: 'Share of the time in which they did something.',
          unit: 'percentunit',
          queries: [['instance:node_cpu_busy:ratio', '{{instance}}']],
        }),
        lines({
          title: 'Memory that is left',
          description: 'Share of the node’s memory that could still be given out.',
          unit: 'percentunit',
          queries: [['node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', '{{instance}}']],
        }),
        lines({
          title: 'Room that is left on file systems',
          description: 'The fullest one of each node. Below a tenth the kubelet evicts pods.',
          unit: 'percentunit',
          queries: [['instance:node_filesystem_free:min_ratio', '{{instance}}']],
        }),
        lines({
          title: 'Load',
          description: 'Processes that run or wait for a disk, as an average of a minute.',
          queries: [['node_load1', '{{instance}}']],
        }),
        lines({
          title: 'Volumes: room that is left',
          description: 'By claim, as the kubelets see it.',
          unit: 'percentunit',
          queries: [
            [
              'min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes{namespace=~"$namespace"} / kubelet_volume_stats_capacity_bytes{namespace=~"$namespace"})',
              '{{namespace}}/{{persistentvolumeclaim}}',
            ],
          ],
        }),
        table({
          title: 'Whom nobody can ask',
          description: 'Targets that do not answer; an empty table is a good one.',
          thresholds: [[null, 'red']],
          query: 'sum by (job, instance) (up == 0) or vector(0)',
        }),
      ],
    },
  ],
});
