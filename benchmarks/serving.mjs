// Requests per second and latencies of `lsr-adapt serve` beside another server of embeddings, with autocannon as the client.
//
// node serving.mjs --modules NODE_MODULES --ours COMMAND [--peer COMMAND] [--keys N] [--seconds 15] [--rounds 3]
//
// Both servers run all the while, but the one that is not measured is stopped (SIGSTOP). Each command has to stay in the foreground;
// the URLs of their embeddings are --ours-url and --peer-url. With --keys, the store of ours has the keys of `tenants N s1 fp32`.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    modules: { type: "string", default: "node_modules" },
    ours: { type: "string" },
    "ours-url": { type: "string", default: "http://127.0.0.1:8191/v1/embeddings" },
    peer: { type: "string" },
    "peer-url": { type: "string", default: "http://127.0.0.1:7997/embeddings" },
    model: { type: "string", default: "minilm" },
    keys: { type: "string", default: "0" },
    seconds: { type: "string", default: "15" },
    rounds: { type: "string", default: "3" },
  },
});
const autocannon = createRequire(resolve(options.modules) + "/")("autocannon");

// One token each, so that a passage of 108 words has 110 tokens.
const WORDS = `time year people way day man thing woman life child world school state family student group country problem hand part place
  case week company system program question work government number night point home water room mother area money story fact month lot
  right study book eye job word business issue side kind head house service friend father power hour game line end member law car city
  community name president team minute idea body information back parent face level office door health person art war history party
  result change morning reason research girl moment air teacher force education`.split(/\s+/);
let state = 1;
const random = (bound) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
};
const text = (words) => Array.from({ length: words }, () => WORDS[random(WORDS.length)]).join(" ");
const bodies = (count, make) => Array.from({ length: count }, (_, i) => JSON.stringify(make(i)));
const embed = (input) => ({ model: options.model, input });
const key = (i) => "user-" + String(i).padStart(7, "0");

const SHORT = bodies(512, () => embed([text(6 + random(7))]));
const PASSAGES = bodies(64, () => embed(Array.from({ length: 32 }, () => text(108))));
const SCENARIOS = [
  ...[1, 8, 64].map((clients) => ({ name: `one short text, ${clients} clients`, clients, sent: SHORT })),
  { name: "32 passages of 110 tokens, 4 clients", clients: 4, sent: PASSAGES },
];
const KEYS = Number(options.keys);
const texts = Array.from({ length: Math.max(KEYS, 1000) }, () => text(6 + random(7)));
const perKey = (keys) => bodies(texts.length, (i) => ({ model: key(i % keys), input: [texts[i]] }));

class Server {
  constructor(name, command, url) {
    Object.assign(this, { name, url });
    this.process = spawn(command, { shell: true, detached: true, stdio: ["ignore", "ignore", "inherit"] });
    this.process.on("exit", (code) => {
      if (!this.ending) fail(`${name} ended with ${code}`);
    });
  }

  signal(name) {
    process.kill(-this.process.pid, name);
  }

  async vector(input) {
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(embed([input])),
    });
    return (await response.json()).data[0].embedding;
  }

  async ready() {
    for (let tries = 0; ; tries++) {
      try {
        return await this.vector("ready");
      } catch (failure) {
        if (tries === 180) fail(`${this.name} does not answer: ${failure}`);
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }

  end() {
    this.ending = true;
    this.signal("SIGCONT");
    this.signal("SIGTERM");
  }
}

const servers = [];
function fail(message) {
  console.error(message);
  process.exit(1);
}
process.on("exit", () => servers.filter((one) => one.process.exitCode === null).forEach((one) => one.end()));
process.on("SIGINT", () => fail("interrupted"));
process.on("SIGTERM", () => fail("ended"));

/** Requests per second, and the milliseconds within which half and 99 % of them were answered. */
async function measure(url, clients, sent, seconds) {
  const times = [];
  let number = 0;
  const run = autocannon({
    url,
    connections: clients,
    duration: seconds,
    requests: [{ method: "POST", headers: { "content-type": "application/json" }, body: sent[0] }],
    // Clients begin at different places, so that they do not send the same text at once.
    setupClient: (client) => {
      const from = Math.floor((number++ * sent.length) / clients);
      client.setRequests([...sent.slice(from), ...sent.slice(0, from)].map((body) => ({
        method: "POST", headers: { "content-type": "application/json" }, body })));
    },
  });
  run.on("response", (client, status, bytes, millis) => times.push(millis));
  const result = await run;
  if (result.errors + result.timeouts + result.non2xx > 0) {
    fail(`${url}: ${result.errors} errors, ${result.timeouts} timeouts, ${result.non2xx} other failures`);
  }
  if (times.length === 0) fail(`${url}: no answer in ${seconds} s; --seconds is too short`);
  times.sort((a, b) => a - b);
  const within = (share) => times[Math.floor(share * (times.length - 1))];
  return { rate: times.length / result.duration, p50: within(0.5), p99: within(0.99) };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const column = (runs, name, digits) => median(runs.map((run) => run[name])).toFixed(digits);

/** Measures variants in turn, round by round, and prints a row each; the first one is what the others are compared with. */
async function compare(name, variants) {
  const runs = variants.map(() => []);
  for (let round = -1; round < Number(options.rounds); round++) {
    for (const [i, { server, url, clients, sent }] of variants.entries()) {
      servers.forEach((one) => one.signal(one === server ? "SIGCONT" : "SIGSTOP"));
      const run = await measure(url, clients, sent, Number(options.seconds));
      if (round >= 0) runs[i].push(run); // The first round warms up.
    }
  }
  variants.forEach((variant, i) => {
    const ratio = median(runs[i].map((run, round) => run.rate / runs[0][round].rate)).toFixed(3);
    console.log(`| ${name} | ${variant.label} | ${column(runs[i], "rate", 1)} | ${column(runs[i], "p50", 1)} | ${
      column(runs[i], "p99", 1)} | ${ratio} |`);
  });
}

if (!options.ours) fail("--ours COMMAND is missing: it starts lsr-adapt serve");
servers.push(new Server("ours", options.ours, options["ours-url"]));
if (options.peer) servers.push(new Server("peer", options.peer, options["peer-url"]));
await Promise.all(servers.map((one) => one.ready()));
const sample = text(40);
const vectors = await Promise.all(servers.map((one) => one.vector(sample)));
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const cosine = dot(vectors[0], vectors.at(-1)) / Math.sqrt(dot(vectors[0], vectors[0]) * dot(vectors.at(-1), vectors.at(-1)));
if (!(cosine > 0.9999)) fail(`the servers' vectors of a text have the cosine ${cosine}, expected the same model`);
console.log("| requests | server | requests per second | p50, ms | p99, ms | rate to the first |\n|---|---|--:|--:|--:|--:|");
const inTurn = [...servers].reverse();
for (const { name, clients, sent } of SCENARIOS) {
  await compare(name, inTurn.map((server) => ({ server, label: server.name, url: server.url, clients, sent })));
}
if (KEYS > 0) {
  const variant = (label, keys) => ({
    server: servers[0], label, url: new URL("/classify", servers[0].url).href, clients: 64, sent: perKey(keys) });
  await compare("one short text to classify, 64 clients", [variant("1 adapter", 1), variant(`${KEYS} adapters`, KEYS)]);
}
process.exit(0);
