// metrics.mjs - figures of trackers as text, byte for byte as linmem/metrics.hpp writes them.
//
// A snapshot is what Tracker.snapshot() returns. It needs neither the tracker nor its instance.
import { LinmemError } from './error.mjs';

const types = ['gauge', 'counter', 'summary']; // metric_type in metrics.hpp
const longestName = 64;

/** A number of a metric; units are those of metric_unit in metrics.hpp. */
function textOf(value, unit, unlimited) {
  if (unit === 2 && value === 0) return unlimited;
  if (unit !== 1) return String(value);
  const rest = value % 1e9;
  const seconds = String((value - rest) / 1e9);
  return rest === 0 ? seconds : `${seconds}.${String(rest).padStart(9, '0').replace(/0+$/, '')}`;
}

/* eslint-disable-next-line no-control-regex */
const escaped = (text) => text.replace(/[\\\n\x00-\x1F]/g, (c) => (c === '\\' ? '\\\\' : c === '\n' ? '\\n' : ''));
const quoted = (text) => `"${escaped(text).replaceAll('"', '\\"')}"`;
const hundredths = (percent) => `0.${percent % 10 === 0 ? percent / 10 : percent}`;

function checkName(text) {
  const { length } = new TextEncoder().encode(text);
  if (length > longestName) {
    throw new LinmemError('limit_exceeded', 'name of metrics in bytes', longestName, length);
  }
}

/** The rows of one metric: those of one name. */
function* metricsOf(rows) {
  for (let at = 0; at < rows.length;) {
    let end = at + 1;
    while (end < rows.length && rows[end].name === rows[at].name) ++end;
    yield rows.slice(at, end);
    at = end;
  }
}

/**
 * The text exposition format 0.0.4 of one snapshot, or of several: those of a pool's instances, each with
 * an `instance` of its own to tell them apart.
 */
export function prometheus(snapshots, { prefix = 'linmem_' } = {}) {
  const all = Array.isArray(snapshots) ? snapshots : [snapshots];
  checkName(prefix);
  const wrong = /^[0-9]|[^A-Za-z0-9_:]/.exec(prefix);
  if (wrong) {
    throw new LinmemError('invalid_argument', 'prefix of metrics, character', 0,
      new TextEncoder().encode(prefix.slice(wrong.index))[0]);
  }
  if (all.length === 0) return '';
  let text = '';
  for (const rows of metricsOf(all[0].rows)) {
    const { name, help, type, unit } = rows[0];
    text += `# HELP ${prefix}${name} ${escaped(help)}\n# TYPE ${prefix}${name} ${types[type]}\n`;
    for (const { values, instance } of all) {
      checkName(instance);
      const line = (suffix, label, of, value) => {
        const labels = [...instance ? [`instance=${quoted(instance)}`] : [],
          ...label ? [`${label}=${quoted(of)}`] : []].join(',');
        text += `${prefix}${name}${suffix}${labels && `{${labels}}`} ${value}\n`;
      };
      for (const { index, label, value: of } of rows) {
        const value = values[index];
        if (types[type] !== 'summary') {
          line('', label, of, textOf(value, unit, '+Inf'));
          continue;
        }
        for (const [percent, quantile] of value.quantiles) {
          line('', 'quantile', hundredths(percent), textOf(quantile, unit));
        }
        line('_sum', '', '', textOf(value.sum, unit));
        line('_count', '', '', textOf(value.count));
      }
    }
  }
  return text;
}

/** One snapshot as JSON text: an object by name, with an object by label where there are any. */
export function json({ rows, values, instance }) {
  checkName(instance);
  const entry = ({ index, type, unit }) => {
    const value = values[index];
    if (types[type] !== 'summary') return textOf(value, unit, 'null');
    const quantiles = value.quantiles.map(([percent, q]) => `"${hundredths(percent)}":${textOf(q, unit)}`);
    return `{${quantiles.join(',')},"sum":${textOf(value.sum, unit)},"count":${textOf(value.count)}}`;
  };
  const entries = [...metricsOf(rows)].map((group) => {
    const [first] = group;
    if (!first.label) return `"${first.name}":${entry(first)}`;
    return `"${first.name}":{${group.map((row) => `"${row.value}":${entry(row)}`).join(',')}}`;
  });
  if (instance) entries.unshift(`"instance":${quoted(instance)}`);
  return `{${entries.join(',')}}\n`;
}
