{{- /* workload (dict "root" $ "part" "web" "values" .Values.web): the Deployment of one part with its disruption budget
       and its autoscaler. Web and worker differ in values only. */ -}}
{{- define "dibao.workload" -}}
{{- $root := .root -}}
{{- $part := .part -}}
{{- $values := .values -}}
{{- $name := printf "%s-%s" (include "dibao.fullname" $root) $part -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "dibao.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $part }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicaCount }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    {{- if eq $root.Values.migration.run "init" }}
    # One writer of one file: the old pod goes before the new one comes.
    type: Recreate
    {{- else }}
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
    {{- end }}
  selector:
    matchLabels:
      {{- include "dibao.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $part }}
  template:
    metadata:
      labels:
        {{- include "dibao.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $part }}
      annotations:
        checksum/config: {{ include (print $root.Template.BasePath "/configmap.yaml") $root | sha256sum }}
        checksum/secret: {{ include (print $root.Template.BasePath "/secret.yaml") $root | sha256sum }}
        {{- if $root.Values.metrics.annotations }}
        prometheus.io/scrape: "true"
        prometheus.io/path: /metrics
        prometheus.io/port: "9090"
        {{- end }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "dibao.podCommon" $root | nindent 6 }}
      serviceAccountName: {{ include "dibao.serviceAccountName" $root }}
      terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
      topologySpreadConstraints:
        {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "dibao.selector" $root | nindent 14 }}
              app.kubernetes.io/component: {{ $part }}
        {{- end }}
      {{- if eq $root.Values.migration.run "init" }}
      initContainers:
        - name: migrate
          {{- include "dibao.migrateContainer" $root | nindent 10 }}
      {{- end }}
      containers:
        - name: {{ $part }}
          image: {{ include "dibao.image" $root | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args:
            {{- toYaml $values.args | nindent 12 }}
            {{- if and (eq $part "web") $root.Values.worker.enabled }}
            # The workers are pods of their own.
            - --no-worker
            {{- end }}
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
            # Not in the Service: no Ingress can lead to it.
            - name: metrics
              containerPort: 9090
              protocol: TCP
          env:
            {{- include "dibao.env" $root | nindent 12 }}
            {{- include "dibao.secretEnv" (list $root "DIBAO_DATABASE_URL" false) | nindent 12 }}
            {{- include "dibao.secretEnv" (list $root "DIBAO_REDIS_URL" true) | nindent 12 }}
            {{- if eq $root.Values.files.store "s3" }}
            {{- include "dibao.secretEnv" (list $root "DIBAO_FILES_KEY_ID" false) | nindent 12 }}
            {{- include "dibao.secretEnv" (list $root "DIBAO_FILES_SECRET" false) | nindent 12 }}
            {{- end }}
            {{- with $values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          securityContext:
            {{- include "dibao.containerSecurity" $root | nindent 12 }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          # A node with 84,094 tenants reads its directory before it is ready.
          startupProbe:
            httpGet: {path: /healthz, port: http}
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /healthz, port: http}
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 3
          readinessProbe:
            httpGet: {path: /readyz, port: http}
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          {{- if $values.preStopSeconds }}
          lifecycle:
            preStop:
              sleep:
                seconds: {{ $values.preStopSeconds }}
          {{- end }}
          volumeMounts:
            {{- include "dibao.mounts" $root | nindent 12 }}
      volumes:
        - name: config
          configMap:
            name: {{ include "dibao.fullname" $root }}
        - name: tmp
          emptyDir: {}
        - name: data
          {{- if and (include "dibao.onDisk" $root) (or $root.Values.data.persistent $root.Values.data.existingClaim) }}
          persistentVolumeClaim:
            claimName: {{ include "dibao.claimName" $root }}
          {{- else }}
          emptyDir: {}
          {{- end }}
      {{- range $key := list "nodeSelector" "tolerations" "affinity" }}
      {{- with index $values $key }}
      {{ $key }}:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
{{- if $values.disruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels:
    {{- include "dibao.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $part }}
spec:
  maxUnavailable: {{ $values.disruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "dibao.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $part }}
{{- end }}
{{- if $values.autoscaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels:
    {{- include "dibao.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $part }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $name }}
  minReplicas: {{ $values.autoscaling.minReplicas }}
  maxReplicas: {{ $values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ $values.autoscaling.targetCPUUtilizationPercentage }}
{{- end }}
{{- end -}}

{{- define "dibao.podCommon" -}}
# Nothing here talks to the Kubernetes API.
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "dibao.mounts" -}}
- name: config
  mountPath: /etc/dibao
  readOnly: true
- name: data
  mountPath: /var/lib/dibao
- name: tmp
  mountPath: /tmp
{{- end -}}

{{- /* The init container of one node: the same file, the same program. */ -}}
{{- define "dibao.migrateContainer" -}}
image: {{ include "dibao.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [migrate]
env:
  {{- include "dibao.env" . | nindent 2 }}
  {{- include "dibao.secretEnv" (list . "DIBAO_DATABASE_URL" false) | nindent 2 }}
securityContext:
  {{- include "dibao.containerSecurity" . | nindent 2 }}
resources:
  {{- toYaml .Values.migration.resources | nindent 2 }}
volumeMounts:
  {{- include "dibao.mounts" . | nindent 2 }}
{{- end -}}
