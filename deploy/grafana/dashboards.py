#!/usr/bin/env python3
"""The dashboards of deploy/grafana/dashboards, made from this one source:

    deploy/grafana/dashboards.py           writes them
    deploy/grafana/dashboards.py --check   says whether they are as this source makes them

A panel is a title, a unit and queries of Prometheus. Tests (./dev alerts-check) parse every query,
compare every name of a metric with docs/metrics.md and with the lists of
tests/alerts/foreign_metrics.txt, and the JSON with Grafana's documented fields; ./dev rehearse runs
them against a real Prometheus."""

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "dashboards"
# Of Grafana 9 and later; older ones migrate nothing backwards.
SCHEMA_VERSION = 39
SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH, HEIGHT, COLUMNS = 8, 8, 24
QUANTILES = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))


def query(expression, legend=""):
    return expression, legend


def quantiles(histogram, by="", selector="", window="5m"):
    """Queries for p50, p95 and p99 of a histogram."""
    labels = f"le, {by}" if by else "le"
    name = f" {{{{{by}}}}}" if by else ""
    return [query(f"histogram_quantile({share}, sum by ({labels}) "
                  f"(rate({histogram}_bucket{selector}[{window}])))", word + name)
            for share, word in QUANTILES]


def panel(title, unit, queries, about="", kind="timeseries", limit=None, stack=False):
    """One picture. `unit` is one of Grafana's (s, bytes, percentunit, short, reqps); `limit` a
    value that is drawn red."""
    steps = [{"color": "green", "value": None}]
    if limit is not None:
        steps.append({"color": "red", "value": limit})
    defaults = {"unit": unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    if kind == "timeseries":
        defaults["custom"] = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 10,
                              "showPoints": "never", "spanNulls": False,
                              "stacking": {"mode": "normal" if stack else "none", "group": "A"},
                              "thresholdsStyle": {"mode": "line" if limit is not None else "off"}}
        options = {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                   "tooltip": {"mode": "multi", "sort": "desc"}}
    else:
        options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                   "colorMode": "value", "graphMode": "area", "textMode": "auto",
                   "orientation": "auto"}
    targets = [{"datasource": SOURCE, "refId": chr(ord("A") + index), "expr": expression,
                "legendFormat": legend or "__auto", "range": True}
               for index, (expression, legend) in enumerate(queries)]
    return {"type": kind, "title": title, "description": about, "datasource": SOURCE,
            "targets": targets, "fieldConfig": {"defaults": defaults, "overrides": []},
            "options": options}


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": []}


def laid_out(panels):
    """Three beside each other, a row across, with numbers."""
    x = y = 0
    for number, each in enumerate(panels, 1):
        each["id"] = number
        if each["type"] == "row":
            y += HEIGHT if x else 0
            x = 0
            each["gridPos"] = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
            y += 1
            continue
        each["gridPos"] = {"x": x, "y": y, "w": WIDTH, "h": HEIGHT}
        x += WIDTH
        if x == COLUMNS:
            x, y = 0, y + HEIGHT
    return panels


def dashboard(uid, title, about, panels):
    return {
        "uid": uid, "title": title, "description": about, "tags": ["agent-studio"],
        "timezone": "browser", "schemaVersion": SCHEMA_VERSION, "version": 1, "editable": False,
        "graphTooltip": 1, "refresh": "15s", "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": []},
        # What was wrong when, in every picture.
        "annotations": {"list": [{
            "name": "Alerts", "datasource": SOURCE, "enable": True, "iconColor": "red",
            "expr": 'max by (alertname) (ALERTS{alertstate="firing",severity="critical"})',
            "titleFormat": "{{alertname}}", "step": "15s"}]},
        "links": [{"type": "dashboards", "title": "Agent Studio", "tags": ["agent-studio"],
                   "asDropdown": True, "keepTime": True, "includeVars": False,
                   "targetBlank": False, "icon": "external link", "url": "", "tooltip": ""}],
        "panels": laid_out(panels)}


def checklist():
    """The nine lines of ADR-010's monitoring checklist, in their order."""
    return dashboard("studio-checklist", "Checklist", "The nine lines of the monitoring checklist",
                     [
        panel("Calls", "short", [query("sum(studio_calls_active)", "calls")], kind="stat"),
        panel("Waiting", "short", [query("max(studio_queue_waiting)", "calls")], kind="stat",
              limit=20),
        panel("Alerts", "short", [query('count(ALERTS{alertstate="firing"}) or vector(0)',
                                        "firing")],
              kind="stat", limit=1),
        row("1. API response times"),
        panel("All routes", "s", quantiles("studio_http_request_seconds"), limit=0.5),
        panel("p95 by route", "s", quantiles("studio_http_request_seconds", by="route")[1:2]),
        panel("Requests by status", "reqps",
              [query("sum by (status) (rate(studio_http_requests_total[5m]))", "{{status}}")]),
        row("2. Queue"),
        panel("Calls that wait", "short",
              [query("max by (pool) (studio_queue_pool_waiting)", "{{pool}}")],
              "By pool; * is the common list.", limit=20),
        panel("The oldest has waited", "s", [query("max(studio_queue_oldest_age_seconds)",
                                                   "oldest")],
              limit=5),
        panel("Refused", "short",
              [query("sum by (reason) (increase(studio_calls_refused_total[5m]))", "{{reason}}"),
               query("sum(increase(studio_queue_dead_total[5m]))", "given up")]),
        row("3. Active calls"),
        panel("By process", "short", [query("studio_calls_active", "{{instance}}")], stack=True),
        panel("Places taken", "percentunit",
              [query("sum(studio_calls_active) / sum(studio_worker_calls_max)", "of all places")],
              limit=0.8),
        panel("Calls that ended", "short",
              [query("sum by (status) (increase(studio_calls_total[5m]))", "{{status}}")],
              stack=True),
        row("4. Database connections"),
        panel("In use, of those that may be", "percentunit",
              [query("studio_database_connections_used / studio_database_connections_max",
                     "{{instance}}")], limit=1),
        panel("Waiting for a connection", "s", quantiles("studio_database_wait_seconds")),
        panel("Transactions", "s", quantiles("studio_database_transaction_seconds")),
        row("5. Redis' memory"),
        panel("In use", "bytes", [query("max(studio_redis_memory_bytes)", "used"),
                                  query("max(studio_redis_memory_max_bytes)", "limit")]),
        panel("Commands", "s", quantiles("studio_redis_command_seconds")),
        panel("Events that wait", "short", [query("max(studio_outbox_waiting)", "events")]),
        row("6. Containers"),
        panel("Processors", "short", [query("rate(process_cpu_seconds_total[5m])",
                                            "{{job}} {{instance}}")]),
        panel("Memory", "bytes", [query("process_resident_memory_bytes", "{{job}} {{instance}}")]),
        panel("Free disk", "percentunit",
              [query("studio_disk_free_bytes / studio_disk_size_bytes", "{{instance}}")]),
        row("7. LiveKit"),
        panel("Rooms", "short", [query("max(studio_livekit_rooms)", "rooms")]),
        panel("Participants", "short", [query("max(studio_livekit_participants)", "participants")]),
        panel("Rooms entered anew", "short", [query("sum(increase(studio_room_rejoins_total[5m]))",
                                                    "rooms")]),
        row("8. Phone calls"),
        panel("By outcome", "short",
              [query("sum by (outcome, code) (increase(studio_sip_calls_total[5m]))",
                     "{{outcome}} {{code}}")], stack=True),
        panel("Share answered", "percentunit",
              [query('sum(rate(studio_sip_calls_total{outcome="answered"}[15m]))'
                     " / sum(rate(studio_sip_calls_total[15m]))", "answered")]),
        panel("Calls at the SIP service", "short", [query("sum by (dir) (livekit_sip_calls_active)",
                                                          "{{dir}}")]),
        row("9. RTP"),
        panel("Share of packets lost", "percentunit", quantiles("studio_rtp_loss_ratio",
                                                                window="15m"),
              limit=0.05),
        panel("Jitter", "s", quantiles("studio_rtp_jitter_seconds", window="15m"), limit=0.05),
        panel("Round trip", "s", quantiles("studio_rtp_round_trip_seconds", window="15m"))])


def turns():
    """How long callers wait for an answer, and where the time goes."""
    stage = "studio_turn_stage_seconds"
    return dashboard("studio-turns", "Turns", "From the caller's last word to the answer", [
        row("The answer"),
        panel("From the last word to the first sound", "s",
              quantiles("studio_turn_latency_seconds"),
              "The mean hides those who wait; look at p95 and p99.", limit=3),
        panel("Answers each minute", "short",
              [query("sum(rate(studio_turn_latency_seconds_count[5m])) * 60", "answers")]),
        panel("Asked for early", "short",
              [query("sum by (outcome) (increase(studio_early_answers_total[5m]))", "{{outcome}}")],
              "Answers that were asked for before the turn was over.", stack=True),
        row("Waterfall: since the last word, when each stage was reached"),
        *(panel(word, "s", [quantiles(stage, by="stage")[index]])
          for index, word in enumerate(("p50", "p95", "p99"))),
        row("Providers"),
        panel("Failures", "short",
              [query("sum by (stage, provider, error) "
                     "(increase(studio_provider_failures_total[5m]))",
                     "{{stage}} {{provider}} {{error}}")]),
        panel("Recognisers of this machine", "short",
              [query("sum by (provider) (studio_stt_streams)", "{{provider}} hears"),
               query("sum by (provider) (increase(studio_stt_refused_streams_total[5m]))",
                     "{{provider}} refused")]),
        panel("Speech that was there already", "percentunit",
              [query("sum(rate(studio_phrase_cache_hits_total[15m])) / (sum(rate("
                     "studio_phrase_cache_hits_total[15m])) + sum(rate("
                     "studio_phrase_cache_misses_total[15m])))", "of all")]),
        row("Sound"),
        panel("Frames sent late", "percentunit",
              [query("rate(studio_media_frames_late_total[5m])"
                     " / rate(studio_media_frames_total[5m])",
                     "{{instance}}")], limit=0.01),
        panel("Timers late", "s", quantiles("studio_loop_lag_seconds", by="instance")[2:]),
        panel("Doors closed", "short",
              [query("sum by (reason) (increase(studio_doors_closed_total[5m]))", "{{reason}}")],
              "Times that a worker took no further call."),
        row("Calls that change their worker"),
        panel("Handed over", "short",
              [query("sum by (result) (increase(studio_handovers_total[5m]))", "{{result}}")]),
        panel("Carried on", "short", [query("sum(increase(studio_takeovers_total[5m]))", "calls")]),
        panel("Leases that ended", "short",
              [query("sum(increase(studio_queue_leases_expired_total[5m]))", "leases")])])


def media():
    """LiveKit's and its SIP service's own figures (livekit-server 1.13, livekit/sip 1.11)."""
    return dashboard("studio-media", "LiveKit and SIP",
                     "What the media server and the phones say of themselves", [
        row("LiveKit"),
        panel("Rooms and participants", "short",
              [query("sum(livekit_room_total)", "rooms"),
               query("sum(livekit_participant_total)", "participants")]),
        panel("Tracks", "short",
              [query("sum by (kind) (livekit_track_published_total)", "{{kind}} published"),
               query("sum by (kind) (livekit_track_subscribed_total)", "{{kind}} subscribed")]),
        panel("Joining", "short",
              [query("sum by (state) (increase(livekit_participant_join_total[5m]))",
                     "{{state}}")]),
        panel("Packets", "pps",
              [query("sum by (direction) (rate(livekit_packet_total[5m]))", "{{direction}}")]),
        panel("Lost", "pps", [query("sum(rate(livekit_packet_loss_total[5m]))", "lost"),
                              query("sum(rate(livekit_nack_total[5m]))", "asked again")]),
        panel("Forwarding", "ns",
              quantiles("livekit_forward_latency_ns"),
              "The last bucket ends at 20 ms."),
        panel("Jitter", "µs", quantiles("livekit_jitter_us")),
        panel("Webhooks", "short",
              [query("sum by (status) (increase(livekit_webhook_dispatch_total[5m]))",
                     "{{status}}")]),
        panel("Requests inside that nobody answered", "short",
              [query("sum(increase(livekit_psrpc_requests_expired_total[5m]))", "expired")]),
        row("SIP"),
        panel("Calls", "short", [query("sum by (dir) (livekit_sip_calls_active)", "{{dir}}")]),
        panel("Invitations", "short",
              [query("sum by (dir) (increase(livekit_sip_invite_requests[5m]))", "{{dir}} asked"),
               query("sum by (dir) (increase(livekit_sip_invite_accepted[5m]))",
                     "{{dir}} accepted")]),
        panel("Refused", "short",
              [query("sum by (dir, reason) (increase(livekit_sip_invite_error[5m]))",
                     "{{dir}} {{reason}}")]),
        panel("Ended", "short",
              [query("sum by (dir, result) (increase(livekit_sip_calls_terminated[5m]))",
                     "{{dir}} {{result}}")], stack=True),
        panel("Time to join a room", "s", quantiles("livekit_sip_dur_join_sec", by="dir")[1:2]),
        panel("Takes calls", "short", [query("min(livekit_sip_available)", "available")],
              kind="stat")])


def stores():
    """PostgreSQL, Redis, the machine and its containers, by their exporters' names."""
    return dashboard("studio-stores", "Stores and machine", "PostgreSQL, Redis, the machine", [
        row("PostgreSQL"),
        panel("Connections", "short", [query("sum by (state) (pg_stat_activity_count)",
                                             "{{state}}"),
                                       query("max(pg_settings_max_connections)", "limit")]),
        panel("Transactions", "short",
              [query("sum(rate(pg_stat_database_xact_commit[5m]))", "committed"),
               query("sum(rate(pg_stat_database_xact_rollback[5m]))", "rolled back")]),
        panel("Size", "bytes", [query("sum by (datname) (pg_database_size_bytes)", "{{datname}}")]),
        panel("Deadlocks", "short", [query("sum(increase(pg_stat_database_deadlocks[5m]))",
                                           "deadlocks")]),
        panel("Read from disk", "percentunit",
              [query("sum(rate(pg_stat_database_blks_read[5m]))"
                     " / (sum(rate(pg_stat_database_blks_read[5m]))"
                     " + sum(rate(pg_stat_database_blks_hit[5m])))", "of all blocks")]),
        panel("Writes that wait on our disks", "short", [query("sum(studio_spool_entries)",
                                                               "writes")]),
        row("Redis"),
        panel("Memory", "bytes", [query("redis_memory_used_bytes", "used"),
                                  query("redis_memory_max_bytes", "limit")]),
        panel("Commands", "ops", [query("sum(rate(redis_commands_processed_total[5m]))",
                                        "commands")]),
        panel("Clients", "short", [query("redis_connected_clients", "clients"),
                                   query("redis_blocked_clients", "blocked")]),
        panel("The list call-queue", "short", [query('redis_key_size{key="call-queue"}', "jobs")]),
        panel("Rejected connections", "short",
              [query("increase(redis_rejected_connections_total[5m])", "connections")]),
        panel("Since its last save", "s",
              [query("time() - redis_rdb_last_save_timestamp_seconds", "seconds")]),
        row("Containers"),
        panel("Throttled (ours)", "percentunit",
              [query("rate(studio_cgroup_cpu_throttled_total[5m])"
                     " / rate(studio_cgroup_cpu_periods_total[5m])", "{{instance}}")],
              "A share that matters: a frame is due every 20 ms.", limit=0.05),
        panel("Memory, of the limit (ours)", "percentunit",
              [query("studio_cgroup_memory_bytes / studio_cgroup_memory_max_bytes",
                     "{{instance}}")],
              limit=0.9),
        panel("Memory, by cAdvisor", "bytes",
              [query('container_memory_working_set_bytes{name!=""}', "{{name}}")]),
        panel("Processors, by cAdvisor", "short",
              [query('sum by (name) (rate(container_cpu_usage_seconds_total{name!=""}[5m]))',
                     "{{name}}")]),
        panel("Throttled, by cAdvisor", "percentunit",
              [query('rate(container_cpu_cfs_throttled_periods_total{name!=""}[5m])'
                     ' / rate(container_cpu_cfs_periods_total{name!=""}[5m])', "{{name}}")]),
        panel("Open files", "percentunit",
              [query("process_open_fds / process_max_fds", "{{job}} {{instance}}")]),
        row("Machine"),
        panel("Idle", "percentunit",
              [query('avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
                     "{{instance}}")]),
        panel("Memory that is free", "bytes", [query("node_memory_MemAvailable_bytes",
                                                     "{{instance}}")]),
        panel("Disk that is free", "percentunit",
              [query('node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"}'
                     ' / node_filesystem_size_bytes{fstype!~"tmpfs|overlay"}', "{{mountpoint}}")])])


DASHBOARDS = {"checklist": checklist, "turns": turns, "media": media, "stores": stores}


def text_of(make):
    return json.dumps(make(), indent=1, ensure_ascii=False) + "\n"


def main():
    stale = []
    for name, make in DASHBOARDS.items():
        path = FOLDER / f"{name}.json"
        if "--check" in sys.argv:
            if not path.is_file() or path.read_text() != text_of(make):
                stale.append(path.name)
        else:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(text_of(make))
    if stale:
        sys.exit(f"not as deploy/grafana/dashboards.py makes them: {', '.join(stale)}")


if __name__ == "__main__":
    main()
