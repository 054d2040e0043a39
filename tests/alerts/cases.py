"""What each alert of deploy/prometheus/alerts.yml is tried with: a time in which all is well, one
in which the trouble is there, and one in which it is over. A series is a gauge with its value, or a
counter with what it grows by in each sample, in good times and in bad ones."""

from dataclasses import dataclass, field


@dataclass
class Series:
    name: str
    good: float
    bad: float
    counts: bool = False


def gauge(name, good, bad):
    return Series(name, good, bad)


def counter(name, good, bad):
    return Series(name, good, bad, counts=True)


def histogram(name, labels, buckets):
    """Counters of a histogram: (le, growth in good times, growth in bad ones), not yet
    cumulated."""
    made, good, bad = [], 0, 0
    for bound, good_step, bad_step in buckets:
        good, bad = good + good_step, bad + bad_step
        made.append(counter(f'{name}_bucket{{{labels}{"," if labels else ""}le="{bound}"}}', good,
                            bad))
    return made


@dataclass
class Case:
    alert: str
    series: list
    # Labels beyond those of the rule, and the summary, as the person reads them.
    labels: dict
    summary: str
    # Whether the trouble is there at once, so that the alert must fire exactly after its `for`;
    # rates need a while.
    at_once: bool = True
    # Samples of the good, the bad and the good time again, and how far apart they are.
    phases: tuple = (40, 80, 80)
    interval: int = 15
    constants: list = field(default_factory=list)


API, WORKER = {"job": "api", "instance": "a"}, {"job": "worker", "instance": "w"}
A, W = 'job="api",instance="a"', 'job="worker",instance="w"'

CASES = [
    Case("ApiDown", [gauge(f"up{{{A}}}", 1, 0)], API, "API a does not answer"),
    Case("WorkerDown", [gauge(f"up{{{W}}}", 1, 0)], WORKER, "worker w does not answer"),
    Case("NoWorker", [gauge(f"up{{{W}}}", 1, 0), gauge('up{job="worker",instance="v"}', 1, 0)],
         {}, "no worker is left: nobody takes calls"),
    Case("ProcessRestarts", [counter(f"process_start_time_seconds{{{W}}}", 0, 1)],
         {"job": "worker"}, "worker began 60 times anew in 15 minutes", at_once=False),
    Case("BugSeen", [counter(f"studio_bugs_total{{{W}}}", 0, 1)], {"job": "worker"},
         "a broken invariant ended a call or a request of worker", at_once=False),
    Case("MemoryHigh", [gauge(f"process_resident_memory_bytes{{{W}}}", 1.6e9, 1.8e9)], WORKER,
         "w is near its memory limit"),
    Case("MemoryHigh", [gauge(f"process_resident_memory_bytes{{{A}}}", 0.8e9, 0.9e9)], API,
         "a is near its memory limit"),
    Case("MemoryHigh", [gauge(f"studio_cgroup_memory_bytes{{{W}}}", 8e8, 9.5e8)], WORKER,
         "w is near its memory limit",
         constants=[gauge(f"studio_cgroup_memory_max_bytes{{{W}}}", 1e9, 1e9)]),
    Case("WorkerCpuHigh", [counter(f"process_cpu_seconds_total{{{W}}}", 15, 28)], WORKER,
         "w uses its two cores: add workers", at_once=False),
    Case("WorkerThrottled", [counter(f"studio_cgroup_cpu_throttled_total{{{W}}}", 3, 15)], WORKER,
         "the processor of w is throttled: its callers hear gaps", at_once=False,
         constants=[counter(f"studio_cgroup_cpu_periods_total{{{W}}}", 150, 150)]),
    Case("ContainerThrottled",
         [counter('container_cpu_cfs_throttled_periods_total{name="sip"}', 10, 60)],
         {"name": "sip"}, "the processor of sip is throttled", at_once=False,
         constants=[counter('container_cpu_cfs_periods_total{name="sip"}', 150, 150)]),
    Case("FilesNearLimit", [gauge(f"process_open_fds{{{W}}}", 700, 900)], WORKER,
         "w has nearly as many files open as it may",
         constants=[gauge(f"process_max_fds{{{W}}}", 1024, 1024)]),

    Case("ApiSlow", histogram("studio_http_request_seconds", f'{A},route="/calls"',
                              [("0.1", 99, 10), ("0.5", 0, 0), ("1", 1, 90), ("+Inf", 0, 0)]),
         {"route": "/calls"}, "p95 of /calls is over 500 ms", at_once=False),
    Case("ApiErrors", [counter(f'studio_http_requests_total{{{A},status="503"}}', 1, 20),
                       counter(f'studio_http_requests_total{{{A},status="200"}}', 99, 80)],
         {}, "more than one request in twenty fails", at_once=False),
    Case("QueueOld", [gauge(f"studio_queue_oldest_age_seconds{{{A}}}", 4, 42)], {},
         "a caller has waited 42s for a worker"),
    Case("QueueLong", [gauge(f"studio_queue_waiting{{{A}}}", 20, 21)], {},
         "21 calls wait: add workers"),
    # The worker of another pool and an empty pool are no help and no harm.
    Case("PoolUnserved", [gauge(f'studio_queue_pool_waiting{{{A},pool="meals"}}', 0, 2)],
         {"pool": "meals"}, "calls wait in the pool meals, which no worker serves",
         constants=[gauge(f'studio_worker_serves{{{W},pool="rooms"}}', 1, 1),
                    gauge(f'studio_queue_pool_waiting{{{A},pool="rooms"}}', 7, 7)]),
    # Every worker has a filter, and an agent has no pool.
    Case("PoolUnserved", [gauge(f'studio_queue_pool_waiting{{{A},pool="*"}}', 0, 1)],
         {"pool": "*"}, "calls wait in the pool *, which no worker serves",
         constants=[gauge(f'studio_worker_serves{{{W},pool="rooms"}}', 1, 1)]),
    Case("WorkersFull", [gauge(f"studio_calls_active{{{W}}}", 80, 81)], {},
         "four fifths of all places for calls are taken: add workers",
         constants=[gauge(f"studio_worker_calls_max{{{W}}}", 100, 100)]),
    Case("CallsRefused", [counter(f'studio_calls_refused_total{{{A},reason="overloaded"}}', 0, 1),
                          counter(f'studio_calls_refused_total{{{A},reason="tenant_limit"}}', 9,
                                  9)],
         {}, "calls are refused since there is no place for them", at_once=False),
    Case("LeasesExpire", [counter(f"studio_queue_leases_expired_total{{{W}}}", 0, 1)], {},
         "workers lose their calls", at_once=False),
    Case("CallsDead", [counter(f"studio_queue_dead_total{{{W}}}", 0, 1)], {},
         "a call was given up after its attempts", at_once=False),
    Case("SoundLate", [counter(f"studio_media_frames_late_total{{{W}}}", 5, 20)], {},
         "more than one frame in a hundred is late", at_once=False,
         constants=[counter(f"studio_media_frames_total{{{W}}}", 750, 750)]),
    # One of many: the others' frames hide it in the sum.
    Case("WorkerStutters", [counter(f"studio_media_frames_late_total{{{W}}}", 5, 75)], WORKER,
         "w sends more than one frame in twenty late", at_once=False,
         constants=[counter(f"studio_media_frames_total{{{W}}}", 750, 750),
                    counter('studio_media_frames_total{job="worker",instance="v"}', 99e3, 99e3),
                    counter('studio_media_frames_late_total{job="worker",instance="v"}', 0, 0)]),
    Case("LoopLate", histogram("studio_loop_lag_seconds", W,
                               [("0.01", 100, 90), ("0.05", 0, 0), ("0.1", 0, 10), ("+Inf", 0, 0)]),
         {"instance": "w"}, "timers of w run more than 50 ms late", at_once=False),
    Case("AnswersSlow", histogram("studio_turn_latency_seconds", W,
                                  [("1", 100, 90), ("3", 0, 0), ("5", 0, 0), ("+Inf", 0, 10)]),
         {}, "one answer in twenty begins later than 5 s after the caller's last word",
         at_once=False),

    Case("ProviderDown",
         [counter(f'studio_provider_failures_total{{{W},stage="tts",provider="harp",'
                  'error="unavailable"}', 0, 2)],
         {"stage": "tts", "provider": "harp"}, "harp (tts) fails", at_once=False),
    Case("ProviderRefuses",
         [counter(f'studio_provider_failures_total{{{W},stage="llm",provider="oracle",'
                  'error="unauthorized"}', 0, 1)],
         {"stage": "llm", "provider": "oracle", "error": "unauthorized"},
         "oracle (llm) refuses us: unauthorized", at_once=False),
    Case("ProviderLimits",
         [counter(f'studio_provider_failures_total{{{W},stage="stt",provider="ear",'
                  'error="rate_limited"}', 0, 1)],
         {"stage": "stt", "provider": "ear"}, "ear (stt) says that we ask too much",
         at_once=False),
    Case("RecogniserFull", [counter(f'studio_stt_refused_streams_total{{{W},provider="local"}}', 0,
                                    1)],
         {"provider": "local"}, "the recogniser local of this machine has no place for callers",
         at_once=False),

    Case("LiveKitDown", [gauge('up{job="livekit",instance="l"}', 1, 0)],
         {"job": "livekit", "instance": "l"}, "LiveKit does not answer"),
    Case("LiveKitUnreachable", [gauge(f'studio_dependency_up{{{W},dependency="livekit"}}', 1, 0)],
         {**WORKER, "dependency": "livekit"}, "w does not reach LiveKit"),
    Case("PhonesDown", [gauge('up{job="sip",instance="s"}', 1, 0)],
         {"job": "sip", "instance": "s"}, "the SIP service takes no phone calls"),
    Case("PhonesDown", [gauge('livekit_sip_available{instance="s"}', 1, 0)], {"instance": "s"},
         "the SIP service takes no phone calls"),
    Case("PhoneCallsFail",
         [counter(f'studio_sip_calls_total{{{W},outcome="failed",code="503"}}', 1, 5)], {},
         "more than a fifth of the phone calls fail", at_once=False,
         constants=[counter(f'studio_sip_calls_total{{{W},outcome="answered",code="200"}}', 9, 9)]),
    # Called people who are busy are no trouble of the trunk.
    Case("TrunkRefuses",
         [counter(f'studio_sip_calls_total{{{W},outcome="rejected",code="403"}}', 0, 1)], {},
         "the trunk refuses every call", at_once=False,
         constants=[counter(f'studio_sip_calls_total{{{W},outcome="busy",code="486"}}', 5, 5),
                    counter(f'studio_sip_calls_total{{{W},outcome="answered",code="200"}}', 0, 0)]),
    Case("InboundCallsFail", [counter('livekit_sip_invite_error{dir="in",reason="x"}', 1, 5)], {},
         "more than a fifth of the calls from phones are refused", at_once=False,
         constants=[counter('livekit_sip_invite_requests{dir="in"}', 10, 10)]),
    Case("PacketsLost", histogram("studio_rtp_loss_ratio", W,
                                  [("0.01", 100, 80), ("0.05", 0, 0), ("0.1", 0, 20), ("+Inf", 0,
                                                                                       0)]),
         {}, "one call in twenty loses more than 5 % of its packets", at_once=False),
    Case("JitterHigh", histogram("studio_rtp_jitter_seconds", W,
                                 [("0.02", 100, 80), ("0.05", 0, 0), ("0.1", 0, 20), ("+Inf", 0,
                                                                                      0)]),
         {}, "one call in twenty has more than 50 ms of jitter", at_once=False),

    Case("DatabaseDown", [gauge(f'studio_dependency_up{{{A},dependency="database"}}', 1, 0)],
         {**API, "dependency": "database"}, "a does not reach the database"),
    Case("PostgresDown", [gauge("pg_up", 1, 0)], {},
         "PostgreSQL does not answer its exporter"),
    Case("PostgresConnectionsHigh",
         [gauge('pg_stat_activity_count{datname="studio",state="idle"}', 80, 100)], {},
         "PostgreSQL has nearly as many connections as it takes",
         constants=[gauge("pg_settings_max_connections", 100, 100)]),
    Case("PoolBusy", [gauge(f"studio_database_connections_used{{{A}}}", 7, 8)], API,
         "every database connection of a is in use",
         constants=[gauge(f"studio_database_connections_max{{{A}}}", 8, 8)]),
    Case("SpoolGrows", [gauge(f'studio_spool_entries{{{W},spool="media-0"}}', 0, 1)],
         {**WORKER, "spool": "media-0"}, "writes wait for the database"),
    Case("SpoolFails", [counter(f'studio_spool_refused_total{{{W},spool="media-0"}}', 0, 1)],
         {"instance": "w"}, "w can neither write to the database nor to its disk", at_once=False),
    Case("RedisDown", [gauge(f'studio_dependency_up{{{W},dependency="redis"}}', 1, 0)],
         {**WORKER, "dependency": "redis"}, "w does not reach Redis"),
    Case("RedisFull", [gauge(f"studio_redis_memory_bytes{{{A}}}", 2**29, 2**30)], {},
         "Redis uses 1GiB, four fifths of what it may",
         constants=[gauge(f"studio_redis_memory_max_bytes{{{A}}}", 2**30, 2**30)]),
    Case("RedisRejects", [counter('redis_rejected_connections_total{instance="r"}', 0, 1)],
         {"instance": "r"}, "Redis takes no further connections", at_once=False),
    Case("OutboxOld", [gauge(f"studio_outbox_oldest_age_seconds{{{A}}}", 30, 31)], {},
         "events wait to be published"),
    Case("DiskFull", [gauge(f"studio_disk_free_bytes{{{W}}}", 2e9, 5e8)], WORKER,
         "less than a tenth of the disk of w is free",
         constants=[gauge(f"studio_disk_size_bytes{{{W}}}", 1e10, 1e10)]),
    Case("DiskFull", [gauge('node_filesystem_avail_bytes{instance="n",fstype="ext4"}', 2e9, 5e8)],
         {"instance": "n", "fstype": "ext4"}, "less than a tenth of the disk of n is free",
         constants=[gauge('node_filesystem_size_bytes{instance="n",fstype="ext4"}', 1e10, 1e10)]),

    # The clock of the test begins in 1970: 20 and 10 days from there, less the minutes that pass.
    Case("CertificateEnds", [gauge('probe_ssl_earliest_cert_expiry{instance="v"}', 1728e3, 864e3)],
         {"instance": "v"}, "the certificate of v ends in 9d 23h 49m 0s"),
    Case("FrontDoorDown", [gauge('probe_success{instance="v"}', 1, 0)], {"instance": "v"},
         "v does not answer from outside"),
    Case("AlertsNotDelivered",
         [counter('alertmanager_notifications_failed_total{integration="webhook"}', 0, 1)],
         {"integration": "webhook"},
         "Alertmanager does not get its messages through (webhook)", at_once=False),

    Case("OutgrowsOneMachine", [gauge(f"studio_calls_active{{{W}}}", 60, 120)], {},
         "120 calls at once on a day's average: consider Kubernetes", at_once=False,
         phases=(300, 600, 600), interval=300),
]

# Series that must wake nobody, whatever stands beside them: (what it is, series, the alert that
# stays still).
STILL = [
    ("a worker without a filter serves every pool",
     [gauge(f'studio_queue_pool_waiting{{{A},pool="meals"}}', 3, 3),
      gauge(f'studio_worker_serves{{{W},pool="*"}}', 1, 1)], "PoolUnserved"),
    ("a pool with a worker is served",
     [gauge(f'studio_queue_pool_waiting{{{A},pool="meals"}}', 3, 3),
      gauge(f'studio_worker_serves{{{W},pool="meals"}}', 1, 1)], "PoolUnserved"),
    ("a trunk that lets calls through refuses none",
     [counter(f'studio_sip_calls_total{{{W},outcome="rejected",code="403"}}', 3, 3),
      counter(f'studio_sip_calls_total{{{W},outcome="answered",code="200"}}', 1, 1)],
     "TrunkRefuses"),
    ("called people who do not answer are no fault of the trunk",
     [counter(f'studio_sip_calls_total{{{W},outcome="busy",code="486"}}', 9, 9),
      counter(f'studio_sip_calls_total{{{W},outcome="declined",code="603"}}', 9, 9)],
     "TrunkRefuses"),
    ("Redis without a limit is never full",
     [gauge(f"studio_redis_memory_bytes{{{A}}}", 9e9, 9e9),
      gauge(f"studio_redis_memory_max_bytes{{{A}}}", 0, 0)], "RedisFull"),
    ("one worker of two is enough",
     [gauge(f"up{{{W}}}", 0, 0), gauge('up{job="worker",instance="v"}', 1, 1)], "NoWorker"),
    ("`serve` holds calls without workers", [gauge('up{job="serve",instance="s"}', 1, 1)],
     "NoWorker"),
]
