// Asks both servers through OpenAI's npm SDK, and prints the answers as JSON. Arguments: encoders' URL, decoders' URL, key, and the
// folder node_modules that has it.
import { createRequire } from "node:module";

const [encodersUrl, decodersUrl, key, modules] = process.argv.slice(2);
const require = createRequire(modules + "/");
let OpenAI;
try {
  OpenAI = require("openai").default;
} catch (missing) {
  console.log(`${modules} has no SDK of OpenAI: ${missing.message}`);
  process.exit(77);
}

const TEXTS = ["the sun is warm", "rain", "a smile"];
const CHAT = { model: "chat", messages: [{ role: "user", content: "the sun" }], temperature: 0 };
const PROMPT = { model: "chat", prompt: "the sun", max_tokens: 3, temperature: 0 };

async function failure(call) {
  try {
    await call();
  } catch (error) {
    return { class: error.constructor.name, status: error.status, code: error.code, message: error.message };
  }
  return null;
}

async function all(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const client = (url, apiKey) => new OpenAI({ baseURL: url + "/v1", apiKey, maxRetries: 0 });
const encoders = client(encodersUrl, key);
const decoders = client(decodersUrl, key);
const embedded = await encoders.embeddings.create({ model: "embed", input: TEXTS });
const floats = await encoders.embeddings.create({ model: "embed", input: TEXTS[0], encoding_format: "float", dimensions: 4 });
const chat = await decoders.chat.completions.create({ max_tokens: 12, ...CHAT });
const chunks = await all(await decoders.chat.completions.create({
  max_completion_tokens: 12, stream: true, stream_options: { include_usage: true }, ...CHAT }));
const completed = await decoders.completions.create(PROMPT);
const parts = await all(await decoders.completions.create({ stream: true, ...PROMPT }));
console.log(JSON.stringify({
  client: "npm openai " + require("openai/version").VERSION,
  models: (await all(await encoders.models.list())).map((model) => model.id),
  task: (await encoders.models.retrieve("weather")).task,
  vectors: embedded.data.map((one) => one.embedding),
  embedded_tokens: embedded.usage.total_tokens,
  short: floats.data[0].embedding,
  chat: chat.choices[0].message.content,
  chat_end: chat.choices[0].finish_reason,
  chat_tokens: [chat.usage.prompt_tokens, chat.usage.completion_tokens],
  streamed: chunks.filter((chunk) => chunk.choices.length).map((chunk) => chunk.choices[0].delta.content ?? ""),
  streamed_end: chunks.at(-2).choices[0].finish_reason,
  streamed_tokens: [chunks.at(-1).usage.prompt_tokens, chunks.at(-1).usage.completion_tokens],
  completed: completed.choices[0].text,
  completed_streamed: parts.map((part) => part.choices[0].text).join(""),
  failures: {
    model: await failure(() => encoders.embeddings.create({ model: "nobody", input: "rain" })),
    door: await failure(() => encoders.embeddings.create({ model: "weather", input: "rain" })),
    tokens: await failure(() => encoders.embeddings.create({ model: "embed", input: [[1, 2]] })),
    key: await failure(() => client(encodersUrl, "another").models.list()),
    tools: await failure(() => decoders.chat.completions.create({
      tools: [{ type: "function", function: { name: "clock", parameters: {} } }], ...CHAT })),
  },
}));
