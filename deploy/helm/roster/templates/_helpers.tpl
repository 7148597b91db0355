{{- define "roster.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "roster.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "roster.labels" -}}
{{ include "roster.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "roster.image" -}}
{{- $repository := required "image.repository: where your image is, such as registry.example.com/roster" .Values.image.repository -}}
{{- if .Values.image.digest }}{{ $repository }}@{{ .Values.image.digest }}
{{- else }}{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "roster.secretName" -}}
{{ .Values.secret.existing | default (include "roster.name" .) }}
{{- end }}

{{- define "roster.postgres" -}}
{{- if eq .Values.database "postgres" }}true{{ end }}
{{- end }}

{{- define "roster.hasSecret" -}}
{{- if or (include "roster.postgres" .) .Values.secret.mail }}true{{ end }}
{{- end }}

{{/* What every pod of the service has: who it runs as. */}}
{{- define "roster.podSecurity" -}}
automountServiceAccountToken: false
# A Service named roster would put ROSTER_PORT=tcp://… into the environment.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "roster.containerSecurity" -}}
image: {{ include "roster.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "roster.environment" -}}
{{- if include "roster.postgres" . }}
- name: DATABASE_URL_FILE
  value: /run/secrets/roster/database-url
- name: ROSTER_SECRET_KEY_FILE
  value: /run/secrets/roster/secret-key
{{- end }}
{{- if .Values.secret.mail }}
- name: ROSTER_MAIL_URL_FILE
  value: /run/secrets/roster/mail-url
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "roster.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if include "roster.hasSecret" . }}
- name: secrets
  mountPath: /run/secrets/roster
  readOnly: true
{{- end }}
{{- end }}

{{- define "roster.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- if include "roster.hasSecret" . }}
- name: secrets
  secret:
    secretName: {{ include "roster.secretName" . }}
    # 0440: the owner is root, the group is the service.
    defaultMode: 288
    items:
      {{- if include "roster.postgres" . }}
      - key: database-url
        path: database-url
      - key: secret-key
        path: secret-key
      {{- end }}
      {{- if .Values.secret.mail }}
      - key: mail-url
        path: mail-url
      {{- end }}
{{- end }}
{{- end }}
