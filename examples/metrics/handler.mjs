// What a deployment exposes of its trackers, for node:http: GET /metrics and GET /healthz.
import { prometheus } from '../../include/linmem/js/linmem.mjs';

/**
 * A function for requests: true when it answered one.
 *
 * @param {() => import('../../include/linmem/js/linmem.mjs').Snapshot[]} snapshots of all instances, also of
 *   those that are gone: a snapshot needs no instance
 * @param {{prefix?: string, isHealthy?: () => boolean}} [options]
 */
export function metricsHandler(snapshots, { prefix, isHealthy = () => true } = {}) {
  const pages = {
    '/metrics': () => ({ type: 'text/plain; version=0.0.4; charset=utf-8', text: prometheus(snapshots(), { prefix }) }),
    '/healthz': () => (isHealthy() ? { text: 'ok\n' } : { status: 503, text: 'unhealthy\n' }),
  };
  return (request, response) => {
    const path = request.url.split('?')[0];
    if (!Object.hasOwn(pages, path)) return false;
    if (!['GET', 'HEAD'].includes(request.method)) {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return true;
    }
    const { status = 200, type = 'text/plain; charset=utf-8', text } = pages[path]();
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
    response.end(request.method === 'HEAD' ? undefined : text);
    return true;
  };
}
