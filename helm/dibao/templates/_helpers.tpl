{{- define "dibao.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "dibao.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "dibao.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "dibao.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "dibao.selector" -}}
app.kubernetes.io/name: {{ include "dibao.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "dibao.labels" -}}
{{ include "dibao.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "dibao.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "dibao.secretName" -}}
{{ .Values.secrets.existingSecret | default (include "dibao.fullname" .) }}
{{- end -}}

{{- define "dibao.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "dibao.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- define "dibao.claimName" -}}
{{ .Values.data.existingClaim | default (printf "%s-data" (include "dibao.fullname" .)) }}
{{- end -}}

{{- /* Pods keep something of their own on a disk: the database of one node, or files that are in no bucket. */ -}}
{{- define "dibao.onDisk" -}}
{{- if or (ne .Values.files.store "s3") (hasPrefix "sqlite" .Values.database.url) }}yes{{ end -}}
{{- end -}}

{{- /* The address of the database, or a clear word that it is missing. */ -}}
{{- define "dibao.databaseUrl" -}}
{{ required "set database.url, or secrets.existingSecret with the key DIBAO_DATABASE_URL" .Values.database.url }}
{{- end -}}

{{- define "dibao.ownerUrl" -}}
{{- if and (eq .Values.migration.run "job") (hasPrefix "sqlite" .Values.database.url) -}}
{{- fail "with SQLite set migration.run to init: a job would not see the file" -}}
{{- end -}}
{{ required "set database.ownerUrl: migrations run as the owner of the tables" .Values.database.ownerUrl }}
{{- end -}}

{{- define "dibao.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- /* What dibao reads from its environment, apart from secrets. */ -}}
{{- define "dibao.env" -}}
- name: DIBAO_LISTEN
  value: 0.0.0.0:8080
# Probes ask the pod by its address at the port above; numbers are read here.
- name: DIBAO_METRICS_LISTEN
  value: 0.0.0.0:9090
- name: DIBAO_DATA_DIR
  value: /var/lib/dibao
- name: DIBAO_CONFIG
  value: /etc/dibao/dibao.toml
- name: DIBAO_ZONE
  value: {{ .Values.zone | quote }}
- name: DIBAO_PUBLIC_SCHEME
  value: {{ .Values.publicScheme | quote }}
- name: DIBAO_PROBE_ENTRY
  value: {{ .Values.probeEntry | default (printf "http://%s.%s.svc:%v" (include "dibao.fullname" .) .Release.Namespace .Values.service.port) | quote }}
{{- with .Values.otlpEndpoint }}
- name: DIBAO_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with .Values.files }}
{{- if eq .store "s3" }}
- name: DIBAO_FILES_STORE
  value: s3
- name: DIBAO_FILES_ENDPOINT
  value: {{ .endpoint | quote }}
- name: DIBAO_FILES_BUCKET
  value: {{ required "set files.bucket: files.store is s3" .bucket | quote }}
- name: DIBAO_FILES_REGION
  value: {{ .region | quote }}
- name: DIBAO_FILES_PATH_STYLE
  value: {{ .pathStyle | quote }}
- name: DIBAO_FILES_PREFIX
  value: {{ .prefix | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* secretEnv (list . "KEY" optional) */ -}}
{{- define "dibao.secretEnv" -}}
- name: {{ index . 1 }}
  valueFrom:
    secretKeyRef:
      name: {{ include "dibao.secretName" (index . 0) }}
      key: {{ index . 1 }}
      {{- if index . 2 }}
      optional: true
      {{- end }}
{{- end -}}

{{- /* Combinations that render but cannot work. */ -}}
{{- define "dibao.refuse" -}}
{{- if hasPrefix "sqlite" .Values.database.url -}}
{{- if or .Values.worker.enabled .Values.web.autoscaling.enabled (gt (int .Values.web.replicaCount) 1) -}}
{{- fail "SQLite serves one pod: set web.replicaCount to 1, web.autoscaling.enabled and worker.enabled to false" -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.files.store "s3") (not .Values.secrets.existingSecret) (not (and .Values.files.keyId .Values.files.secret)) -}}
{{- fail "set files.keyId and files.secret, or secrets.existingSecret with the keys DIBAO_FILES_KEY_ID and DIBAO_FILES_SECRET" -}}
{{- end -}}
{{- if ge (int .Values.web.preStopSeconds) (int .Values.web.terminationGracePeriodSeconds) -}}
{{- fail "web.preStopSeconds must be shorter than web.terminationGracePeriodSeconds" -}}
{{- end -}}
{{- end -}}
