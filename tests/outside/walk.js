// Walks the npm client through everything it can do; prints what it was given, one JSON line a step.
// usage: node walk.js DISCOVERY_URL API_KEY
const Open311 = require('open311');

const [discovery, apiKey] = process.argv.slice(2);
const client = new Open311({ discovery, apiKey });

const step = (name, act) =>
  new Promise((resolve) => {
    act((error, told) => {
      console.log(JSON.stringify({ name, error, told }));
      resolve(told);
    });
  });

(async () => {
  await step('discovery', (done) => client.serviceDiscovery({ cache: true }, done));
  console.log(JSON.stringify({ name: 'endpoint', error: false, told: client.endpoint }));
  await step('services', (done) => client.serviceList(done));
  await step('definition', (done) => client.serviceDefinition('everything', done));
  const place = { lat: 44.05, long: -79.02 };
  const attributes = { kind: 'small', parts: ['left', 'right'], depth: 12 };
  const report = { service_code: 'everything', ...place, description: 'From the node client', attributes };
  const [{ service_request_id: id }] = await step('report', (done) => client.submitRequest(report, done));
  await step('refused', (done) => client.submitRequest({ ...report, attributes: {} }, done));
  const [{ token }] = await step('batch', (done) => client.submitRequest({ service_code: 'tree', ...place }, done));
  await step('token', (done) => client.token(token, done));
  await step('one', (done) => client.serviceRequests(id, done));
  await step('several', (done) => client.serviceRequests([id, 'none'], {}, done));
  await step('filtered', (done) => client.serviceRequests({ service_code: 'everything', status: 'open', page_size: 1 }, done));
})();
