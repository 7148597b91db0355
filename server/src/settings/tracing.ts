/** The settings of traces, with the names and values of OpenTelemetry. */
import { oneOf, text } from './values.ts'

const samplers = [
  'parentbased_always_on',
  'parentbased_traceidratio',
  'parentbased_always_off',
  'always_on',
  'traceidratio',
  'always_off',
] as const

function collector(value: string | undefined): string | null {
  if (value === undefined) return null
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new Error('must be an address such as http://localhost:4318')
  return value.replace(/\/+$/, '')
}

/** `name=value,name=value`, percent-encoded. */
function headers(value: string | undefined): Record<string, string> {
  const found: Record<string, string> = {}
  for (const pair of (value ?? '').split(',').filter((each) => each.trim() !== '')) {
    const [, name, encoded] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(\S*)\s*$/.exec(pair) ?? []
    if (name === undefined || encoded === undefined) throw new Error('must be pairs such as name=value')
    try {
      found[name] = decodeURIComponent(encoded)
    } catch {
      throw new Error('has a % that must be written as %25')
    }
  }
  return found
}

function ratio(value: string | undefined): number {
  const number = Number(value ?? '1')
  if (!(number >= 0 && number <= 1)) throw new Error('must be a number from 0 to 1')
  return number
}

export const tracingSettings = {
  collector: {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    fallback: 'none',
    about:
      'address of an OpenTelemetry collector for traces (OTLP over HTTP, protobuf), such as `http://localhost:4318`. Without it there are no traces',
    read: collector,
  },
  collectorHeaders: {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    fallback: 'none',
    secret: true,
    about: 'headers for the collector: `name=value`, separated by commas',
    read: headers,
  },
  serviceName: {
    name: 'OTEL_SERVICE_NAME',
    fallback: 'roster',
    about: 'the name of this service in traces; more attributes go into `OTEL_RESOURCE_ATTRIBUTES`',
    read: text('roster'),
  },
  sampler: {
    name: 'OTEL_TRACES_SAMPLER',
    fallback: 'parentbased_always_on',
    about:
      'which requests are traced: `always_on`, `always_off` or `traceidratio`. With the prefix `parentbased_`, Roster follows the decision of the client',
    read: oneOf(samplers, 'parentbased_always_on'),
  },
  samplerRatio: {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    fallback: '1',
    about: 'share of the requests that `traceidratio` traces, from 0 to 1',
    read: ratio,
  },
} as const

type Read = { [K in keyof typeof tracingSettings]: ReturnType<(typeof tracingSettings)[K]['read']> }

/** The target of traces; null when there are none. */
export function tracingConfig(read: Read) {
  if (read.collector === null) return null
  return {
    endpoint: read.collector,
    headers: read.collectorHeaders,
    serviceName: read.serviceName,
    sampler: read.sampler,
    ratio: read.samplerRatio,
  }
}
