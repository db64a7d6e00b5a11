// Asks a query of sources with Comunica, and writes what it makes of the answer.
// node ask.mjs MEDIA_TYPE QUERY SOURCE...   where a source is an address, or `sparql@` and the address of an endpoint

import { QueryEngine } from "@comunica/query-sparql";

const [mediaType, query, ...addresses] = process.argv.slice(2);
const sources = addresses.map((address) =>
  address.startsWith("sparql@") ? { type: "sparql", value: address.slice("sparql@".length) } : address,
);
const engine = new QueryEngine();
const result = await engine.query(query, { sources });
const { data } = await engine.resultToString(result, mediaType);
for await (const chunk of data) process.stdout.write(chunk);
