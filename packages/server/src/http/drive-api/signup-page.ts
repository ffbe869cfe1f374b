/** `GET /user/signup`: a form that posts to the same address. No script, nothing from elsewhere. */
import type { FastifyReply } from "fastify";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign up</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 22rem; margin: 4rem auto; padding: 0 1rem; }
label, input, button { display: block; width: 100%; box-sizing: border-box; }
input, button { font: inherit; margin: .25rem 0 1rem; padding: .5rem; }
</style>
</head>
<body>
<h1>Sign up</h1>
<form method="post" action="/user/signup">
<label for="username">Name</label>
<input id="username" name="username" required maxlength="64" autocomplete="username">
<label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="new-password">
<label for="invitation">Invitation, if you were given one</label>
<input id="invitation" name="invitation" autocomplete="off">
<button>Sign up</button>
</form>
</body>
</html>
`;

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export function sendSignUpPage(reply: FastifyReply): FastifyReply {
  return reply
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "referrer-policy": "no-referrer",
    })
    .send(page);
}
