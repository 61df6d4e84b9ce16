// An OpenID provider (oidc-provider) at which people log in to a hub: code flow with PKCE, acr, userinfo plain and signed, logout both ways.
// Started with a port, the hub's address, the hub's public keys (a JWK set, as JSON) and its people (account → claims, as JSON).
import { createServer } from "node:http";
import Provider from "oidc-provider";
import * as jose from "jose";

const [port, hub, jwks, people] = [Number(process.argv[2]), process.argv[3], JSON.parse(process.argv[4]), JSON.parse(process.argv[5])];
const issuer = `http://127.0.0.1:${port}`;
const level = "urn:be:fedict:iam:fas:Level";
const { privateKey } = await jose.generateKeyPair("ES256", { extractable: true });
const key = { ...(await jose.exportJWK(privateKey)), kid: "k1", alg: "ES256", use: "sig" };
const common = {
  redirect_uris: [`${hub}/login/callback`], post_logout_redirect_uris: [`${hub}/session`], response_types: ["code"],
  grant_types: ["authorization_code"], id_token_signed_response_alg: "ES256",
  backchannel_logout_uri: `${hub}/logout/backchannel`, backchannel_logout_session_required: true,
};
const provider = new Provider(issuer, {
  clients: [
    {
      ...common, client_id: "hub by key", token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256", jwks,
      userinfo_signed_response_alg: "ES256",
    },
    { ...common, client_id: "hub by secret", client_secret: "s%cr:et +&", token_endpoint_auth_method: "client_secret_basic" },
  ],
  jwks: { keys: [key] },
  acrValues: [`${level}200`, `${level}400`, `${level}450`],
  claims: { openid: ["sub", "acr"], profile: ["givenName", "surname"], egovnrn: ["egovNRN"], enterprise: ["enterpriseNumbers"] },
  scopes: ["openid"],
  pkce: { required: () => true },
  cookies: { keys: ["of the tests"] },
  features: {
    devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, jwtUserinfo: { enabled: true },
    rpInitiatedLogout: { enabled: true }, claimsParameter: { enabled: true },
  },
  enabledJWA: { clientAuthSigningAlgValues: ["ES256"], idTokenSigningAlgValues: ["ES256"], userinfoSigningAlgValues: ["ES256"] },
  // On this machine alone: the provider itself would ask nobody at a loopback address.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  interactions: { url: (_, interaction) => `/asked/${interaction.uid}` },
  findAccount: (_, id) => (id in people ? { accountId: id, claims: async () => ({ sub: id, ...people[id] }) } : undefined),
  // Whoever logs in agrees.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile egovnrn enterprise");
    await grant.save();
    return grant;
  },
});
const answer = provider.callback();

createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  // What a person does on the provider's page: `/asked/UID?account=anne&level=450`, or `?cancel=1`.
  if (url.pathname.startsWith("/asked/") && url.search) {
    const acr = level + url.searchParams.get("level");
    const result = url.searchParams.has("cancel")
      ? { error: "access_denied", error_description: "<b>the person cancelled</b>" }
      : { login: { accountId: url.searchParams.get("account"), acr, amr: ["eid"] } };
    try {
      return await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    } catch (error) {
      return response.writeHead(400).end(String(error));
    }
  }
  return answer(request, response);
}).listen(port, "127.0.0.1", () => console.log("ready"));
