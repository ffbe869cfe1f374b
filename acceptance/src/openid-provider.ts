/** A real OpenID provider on a port of its own, whose login page lets in whoever is set to come, or refuses. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export interface OpenIdProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Who signs in next; null refuses. */
  person: (Readonly<Record<string, unknown>> & { readonly sub: string }) | null;
  /** Call once the client's address is known. */
  serve(client: { id: string; secret: string; redirectUri: string }): void;
}

export async function startOpenIdProvider(): Promise<OpenIdProvider> {
  let handle: Handler = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const people = new Map<string, Readonly<Record<string, unknown>>>();

  const self: OpenIdProvider = {
    issuer,
    person: null,
    serve({ id, secret, redirectUri }) {
      const provider = createProvider(issuer, { id, secret, redirectUri, people });
      const callback = provider.callback();
      handle = (request, response) => {
        const isLogin = request.url?.startsWith("/login/") === true;
        if (!isLogin) return void callback(request, response);
        const { person } = self;
        if (person) people.set(person.sub, person);
        const result = person
          ? { login: { accountId: person.sub } }
          : { error: "access_denied", error_description: "not today" };
        return void provider.interactionFinished(request, response, result);
      };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}

type Handler = (
  request: Parameters<ReturnType<Provider["callback"]>>[0],
  response: Parameters<ReturnType<Provider["callback"]>>[1],
) => void;

function createProvider(
  issuer: string,
  {
    id,
    secret,
    redirectUri,
    people,
  }: {
    id: string;
    secret: string;
    redirectUri: string;
    people: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  },
): Provider {
  const provider: Provider = new Provider(issuer, {
    clients: [{ client_id: id, client_secret: secret, redirect_uris: [redirectUri] }],
    cookies: { keys: ["a key of this test"] },
    pkce: { required: () => true },
    claims: {
      openid: ["sub"],
      profile: ["preferred_username"],
      email: ["email", "email_verified"],
    },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/login/${uid}` },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => people.get(sub) ?? { sub },
    }),
    // Consent is given: what is tested is the sign-in.
    async loadExistingGrant(context: {
      oidc: { session: { accountId: string }; client: { clientId: string } };
    }) {
      const { session, client } = context.oidc;
      const { Grant } = provider;
      const grant = new Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
  });
  return provider;
}
