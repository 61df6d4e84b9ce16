// An authorisation server (oidc-provider) that knows one client by a secret and one by a key, and a judge of signed requests (jose).
// Started with a port and the client's public keys (a JWK set, as JSON); says "ready" once it listens.
import { createServer } from "node:http";
import { createHash } from "node:crypto";
import Provider from "oidc-provider";
import * as jose from "jose";

const port = Number(process.argv[2]);
const jwks = JSON.parse(process.argv[3]);
const issuer = `http://127.0.0.1:${port}`;
const grant = { grant_types: ["client_credentials"], redirect_uris: [], response_types: [], scope: "persons.read" };
const byKey = jwks.keys.map((key) => ({
  ...grant, client_id: `key ${key.alg}`, token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_signing_alg: key.alg, jwks: { keys: [key] },
}));
const provider = new Provider(issuer, {
  clients: [
    { ...grant, client_id: "hub basic", client_secret: "s%cr:et +&", token_endpoint_auth_method: "client_secret_basic" },
    { ...grant, client_id: "hub post", client_secret: "s%cr:et +&", token_endpoint_auth_method: "client_secret_post" },
    ...byKey,
  ],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false }, introspection: { enabled: false } },
  scopes: ["persons.read"],
  ttl: { ClientCredentials: 600 },
  enabledJWA: { clientAuthSigningAlgValues: ["ES256", "RS256", "PS256", "EdDSA"] },
});
const authorise = provider.callback();
const keys = jose.createLocalJWKSet(jwks);

// What an API gateway would check of a request; gives what it found, or throws.
async function judged(headers, body) {
  const found = {};
  const bearer = headers.authorization?.replace(/^Bearer /, "");
  if (bearer) {
    const token = await provider.ClientCredentials.find(bearer);
    found.client = token?.clientId ?? null;
    found.scope = token?.scope ?? null;
  }
  if (headers["x-jws-signature"]) {
    const [protectedHeader, , signature] = headers["x-jws-signature"].split(".");
    const encoded = jose.decodeProtectedHeader(headers["x-jws-signature"]).b64 !== false;
    const payload = encoded ? body.toString("base64url") : body;
    await jose.flattenedVerify({ protected: protectedHeader, payload, signature }, keys);
    found.detached = true;
  }
  if (headers["content-type"] === "application/jose") {
    const { payload } = await jose.compactVerify(body.toString(), keys);
    found.body = JSON.parse(Buffer.from(payload).toString());
  }
  if (headers["agid-jwt-signature"]) {
    const { payload } = await jose.jwtVerify(headers["agid-jwt-signature"], keys, { audience: "https://api.example" });
    const digest = "SHA-256=" + createHash("sha256").update(body).digest("base64");
    found.digest = headers.digest === digest && payload.signed_headers[0].digest === digest;
  }
  return found;
}

createServer((request, response) => {
  if (!request.url.startsWith("/api/")) return authorise(request, response);
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    let status = 200, answer;
    try {
      answer = { enterprise: { name: JSON.stringify(await judged(request.headers, Buffer.concat(chunks))) } };
    } catch (error) {
      [status, answer] = [400, { error: error.code ?? String(error) }];
    }
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
}).listen(port, "127.0.0.1", () => console.log("ready"));
