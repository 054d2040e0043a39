{{- define "studio.name" -}}{{ .root.Values.namePrefix }}{{ .name }}{{- end }}

{{/* Labels by which things are chosen; they never change. */}}
{{- define "studio.selector" -}}
app.kubernetes.io/name: agent-studio
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "studio.labels" -}}
{{ include "studio.selector" . }}
app.kubernetes.io/version: {{ include "studio.tag" .root | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "studio.tag" -}}{{ .Values.image.tag | default .Chart.AppVersion }}{{- end }}

{{- define "studio.image" -}}
{{- with .root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
agent-studio-{{ .program }}:{{ include "studio.tag" .root }}
{{- end }}

{{- define "studio.secretName" -}}
{{- .Values.secret.existingSecret | default (include "studio.name" (dict "root" . "name" "agent-studio")) -}}
{{- end }}

{{- define "studio.redisAddress" -}}
{{- if .Values.redis.enabled -}}
{{ include "studio.name" (dict "root" . "name" "redis") }}.{{ .Release.Namespace }}.svc.cluster.local:6379
{{- else -}}{{ .Values.redis.address }}{{- end -}}
{{- end }}

{{- define "studio.livekitUrl" -}}
{{- if .Values.livekit.enabled -}}
ws://{{ include "studio.name" (dict "root" . "name" "livekit") }}.{{ .Release.Namespace }}.svc.cluster.local:7880
{{- else -}}{{ .Values.livekit.url }}{{- end -}}
{{- end }}

{{- define "studio.livekitPublicUrl" -}}
{{- $own := ternary (printf "wss://%s" .Values.site.domain) "" (ne .Values.site.domain "") -}}
{{- .Values.site.livekitPublicUrl | default $own -}}
{{- end }}

{{/* Pods of ours; `restricted` of the Pod Security Standards. */}}
{{- define "studio.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user }}
runAsGroup: {{ .user }}
fsGroup: {{ .user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "studio.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "studio.secretVariable" -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ include "studio.secretName" .root }}, key: {{ .name }}{{ if .optional }}, optional: true{{ end }} } }
{{- end }}

{{/* Variables of a program; `own` is a map of those that only it has. What is named in `env` wins. */}}
{{- define "studio.environment" -}}
{{- $root := .root -}}
{{- range $name := list "DATABASE_URL" "REDIS_URL" "LIVEKIT_API_KEY" "LIVEKIT_API_SECRET" }}
{{ include "studio.secretVariable" (dict "root" $root "name" $name) }}
{{- end }}
{{- range $name := list "REDIS_SENTINEL_PASSWORD" "STUDIO_API_KEY" "STUDIO_METRICS_TOKEN" "OPENAI_API_KEY" "DEEPGRAM_API_KEY" }}
{{ include "studio.secretVariable" (dict "root" $root "name" $name "optional" true) }}
{{- end }}
{{- $plain := dict "LIVEKIT_URL" (include "studio.livekitUrl" $root) "LIVEKIT_PUBLIC_URL" (include "studio.livekitPublicUrl" $root) "LIVEKIT_AGENT_NAME" $root.Values.livekit.agentName "SIP_OUTBOUND_TRUNK_ID" $root.Values.sip.outboundTrunkId }}
{{- $all := mergeOverwrite $plain .own (deepCopy $root.Values.env) (deepCopy .env) }}
{{- range $name := keys $all | sortAlpha }}
{{- $value := toString (get $all $name) }}
{{- if ne $value "" }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The authorities of outside stores, as files. */}}
{{- define "studio.certificateMount" -}}
{{- if .Values.certificates.existingSecret }}
- { name: certificates, mountPath: /certificates, readOnly: true }
{{- end }}
{{- end }}

{{- define "studio.certificateVolume" -}}
{{- with .Values.certificates.existingSecret }}
- { name: certificates, secret: { secretName: {{ . }}, defaultMode: 0444 } }
{{- end }}
{{- end }}

{{- define "studio.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Replicas on different nodes, where there are any. */}}
{{- define "studio.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- .selector | nindent 8 }}
{{- end }}

{{- define "studio.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The pools, each with what it did not say taken from `worker`: {"pools": […]}, for fromYaml. */}}
{{- define "studio.pools" -}}
pools:
{{- range .Values.workerPools }}
{{- $pool := mergeOverwrite (deepCopy $.Values.worker) (deepCopy .) }}
{{- $_ := set $pool "agents" (.agents | default list) }}
{{- $_ := set $pool "component" "worker" }}
{{- $_ := set $pool "pool" (.name | default "all") }}
{{- $_ := set $pool "fullName" (include "studio.name" (dict "root" $ "name" (ternary (printf "worker-%s" .name) "worker" (ne (.name | default "") "")))) }}
  - {{- toYaml $pool | nindent 4 }}
{{- end }}
{{- end }}

{{- define "studio.poolSelector" -}}
{{ include "studio.selector" (dict "root" .root "component" "worker") }}
agent: {{ .pool.pool }}
{{- end }}
