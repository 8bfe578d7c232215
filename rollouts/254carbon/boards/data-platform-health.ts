import { board, choice, lines, number } from './panels.ts';

export const dataPlatformHealth = board({
  uid: 'data-platform-health',
  title: 'Data Platform Health',
  description: 'Databases, object store, queries, coordination and backups of the data platform.',
  choices: [choice('database', 'Database', 'label_values(pg_database_size_bytes, datname)')],
  rows: [
    {
      title: 'PostgreSQL',
      panels: [
        number({
          title: 'Answers',
          description: '1 while it answers.',
          thresholds: [
            [null, 'red'],
            [1, 'green'],
          ],
          query: 'min(pg_up)',
        }),
        number({
          title: 'Connections that are left',
          description: 'Share of all that it takes. At 0 nobody gets in any more.',
          unit: 'percentunit',
          thresholds: [
            [null, 'red'],
            [0.1, 'orange'],
            [0.2, 'green'],
          ],
          query: '1 - postgres:connections_used:ratio',
        }),
        number({
          title: 'Found in memory',
          description: 'Share of blocks that did not have to be read from disk, in the last five minutes.',
          unit: 'percentunit',
          query:
            'sum(rate(pg_stat_database_blks_hit[5m])) / (sum(rate(pg_stat_database_blks_hit[5m])) + sum(rate(pg_stat_database_blks_read[5m])))',
        }),
        number({
          title: 'Deadlocks in a day',
          description: 'Transactions that waited for each other, of which one was ended.',
          query: 'sum(increase(pg_stat_database_deadlocks[1d]))',
        }),
        number({
          title: 'All databases',
          description: 'What they take up together.',
          unit: 'bytes',
          query: 'sum(pg_database_size_bytes)',
        }),
        number({
          title: 'MinIO, room that is left',
          description: 'Share of what can be used.',
          unit: 'percentunit',
          thresholds: [
            [null, 'red'],
            [0.1, 'orange'],
            [0.2, 'green'],
          ],
          query: 'min(minio_cluster_capacity_usable_free_bytes / minio_cluster_capacity_usable_total_bytes)',
        }),
        lines({
          title: 'Connections by database',
          description: 'Whoever has many of them keeps others out.',
          queries: [['sum by (datname) (pg_stat_database_numbackends{datname=~"$database"})', '{{datname}}']],
        }),
        lines({
          title: 'Transactions',
          description: 'Committed, and taken back: many of the latter are a client that fails again and again.',
          unit: 'ops',
          queries: [
            ['sum(rate(pg_stat_database_xact_commit{datname=~"$database"}[$__rate_interval]))', 'committed'],
            ['sum(rate(pg_stat_database_xact_rollback{datname=~"$database"}[$__rate_interval]))', 'taken back'],
          ],
        }),
        lines({
          title: 'Size by database',
          description: 'What each of them takes up.',
          unit: 'bytes',
          queries: [['max by (datname) (pg_database_size_bytes{datname=~"$database"})', '{{datname}}']],
        }),
      ],
    },
    {
      title: 'MinIO',
      panels: [
        lines({
          title: 'Requests',
          description: 'By operation of S3.',
          unit: 'reqps',
          queries: [['sum by (api) (rate(minio_s3_requests_total[$__rate_interval]))', '{{api}}']],
        }),
        lines({
          title: 'Requests that failed',
          description: '4xx is a fault of whoever asks, 5xx one of MinIO.',
          unit: 'reqps',
          queries: [
            ['sum(rate(minio_s3_requests_4xx_errors_total[$__rate_interval])) or vector(0)', '4xx'],
            ['sum(rate(minio_s3_requests_5xx_errors_total[$__rate_interval])) or vector(0)', '5xx'],
          ],
        }),
        lines({
          title: 'Traffic',
          description: 'What was written to it, and read from it.',
          unit: 'Bps',
          queries: [
            ['sum(rate(minio_s3_traffic_received_bytes[$__rate_interval]))', 'written'],
            ['sum(rate(minio_s3_traffic_sent_bytes[$__rate_interval]))', 'read'],
          ],
        }),
        lines({
          title: 'Room',
          description: 'What its drive takes, and what is still free.',
          unit: 'bytes',
          queries: [
            ['sum(minio_cluster_capacity_usable_total_bytes)', 'all'],
            ['sum(minio_cluster_capacity_usable_free_bytes)', 'free'],
          ],
        }),
        lines({
          title: 'Health',
          description: '1 while it can read and write; drives that are offline.',
          queries: [
            ['min(minio_cluster_health_status)', 'healthy'],
            ['sum(minio_cluster_drive_offline_total)', 'drives offline'],
          ],
        }),
        lines({
          title: 'Requests in flight',
          description: 'What is being answered just now, by operation.',
          queries: [
            ['sum by (api) (minio_s3_requests_inflight_total) or sum(minio_s3_requests_waiting_total)', '{{api}}'],
          ],
        }),
      ],
    },
    {
      title: 'Queries and coordination',
      panels: [
        lines({
          title: 'Queries of Trino',
          description: 'Running, and waiting for room.',
          queries: [
            ['sum(trino_execution_name_QueryManager_RunningQueries)', 'running'],
            ['sum(trino_execution_name_QueryManager_QueuedQueries)', 'waiting'],
          ],
        }),
        lines({
          title: 'Queries of Trino that failed',
          description: 'In five minutes: for a fault of the query, of Trino, or of what it asks.',
          queries: [
            ['sum(trino_execution_name_QueryManager_UserErrorFailures_FiveMinute_Count)', 'of the query'],
            ['sum(trino_execution_name_QueryManager_InternalFailures_FiveMinute_Count)', 'of Trino'],
            ['sum(trino_execution_name_QueryManager_ExternalFailures_FiveMinute_Count)', 'of what it asks'],
          ],
        }),
        lines({
          title: 'Zookeeper',
          description: 'Sessions of its clients, and requests that wait.',
          queries: [
            ['sum(num_alive_connections)', 'sessions'],
            ['sum(outstanding_requests)', 'waiting'],
          ],
        }),
      ],
    },
    {
      title: 'Backups',
      panels: [
        lines({
          title: 'Since the last good backup',
          description: 'By schedule. The hourly one should never be above two hours.',
          unit: 's',
          queries: [['time() - max by (schedule) (velero_backup_last_successful_timestamp > 0)', '{{schedule}}']],
        }),
        lines({
          title: 'Backups in a day',
          description: 'Those that ended well, those that lack something, and those that failed.',
          queries: [
            ['sum(increase(velero_backup_success_total[1d])) or vector(0)', 'good'],
            ['sum(increase(velero_backup_partial_failure_total[1d])) or vector(0)', 'lacking something'],
            ['sum(increase(velero_backup_failure_total[1d])) or vector(0)', 'failed'],
          ],
        }),
        lines({
          title: 'Restores in a day',
          description: 'Drills restore a backup every day: none at all means that nothing is proven any more.',
          queries: [
            ['sum(increase(velero_restore_success_total[1d])) or vector(0)', 'good'],
            ['sum(increase(velero_restore_failed_total[1d])) or vector(0)', 'failed'],
          ],
        }),
      ],
    },
  ],
});
