/** Calls every method of the people store, for whoever watches its statements. */
import {
  actor,
  newAccount,
  newAttempt,
  newIdentity,
  newLink,
  newSession,
} from "../../core/accounts/testing/people.ts";
import { newId } from "../../core/ids.ts";
import { NOW, sha256Of, type Stores } from "../../core/uploads/testing/stores.ts";

export async function exercisePeople({ people, accounts }: Stores): Promise<void> {
  const owner = newId();
  await accounts.ensureOwner({ id: owner, name: "o", quotaBytes: null, now: NOW });
  const setUp = newLink({ kind: "set-up", accountId: owner });
  await people.createLink({ link: setUp, hash: sha256Of("s"), actor });
  const named = { link: sha256Of("s"), name: "mei", passwordHash: "h", actor, now: NOW };
  await people.setUpOwner(named);
  const invitation = sha256Of("i");
  await people.createLink({ link: newLink({ createdBy: owner }), hash: invitation, actor });
  const account = newAccount({ name: "bo" });
  const { id: accountId } = account;
  const identity = newIdentity(accountId);
  await people.createAccount({ account, invitation, identity, actor, now: NOW });
  const base = { accountId, actor, now: NOW };
  await people.linkIdentity({ identity: newIdentity(accountId), actor, now: NOW });
  await people.unlinkIdentity({ id: identity.id, ...base });
  await people.listIdentities(accountId);
  await people.findByLoginName("bo");
  await people.findCredentials(accountId);
  await people.findUser(accountId);
  await people.findNames([accountId, owner]);
  const page = await people.listUsers({ limit: 1 });
  await people.listUsers({ limit: 1, cursor: page.nextCursor! });
  await people.changePassword({ ...base, passwordHash: "n", keepSession: null });
  await people.createLink({
    link: newLink({ kind: "reset", accountId, createdBy: owner }),
    hash: sha256Of("r"),
    actor,
  });
  await people.resetPassword({ link: sha256Of("r"), passwordHash: "r", actor, now: NOW });
  const changes = { role: "admin", quotaBytes: 1, isDisabled: true } as const;
  await people.changeUser({ id: accountId, ...changes, actor, now: NOW });
  await people.changeUser({ id: accountId, isDisabled: false, actor, now: NOW });
  await people.proposeTotp({ accountId, secret: "S" });
  await people.confirmTotp({ ...base, step: 1, recoveryHashes: [sha256Of("1")] });
  await people.useTotpStep({ accountId, step: 2 });
  await people.useRecoveryCode({ ...base, hash: sha256Of("1") });
  await people.replaceRecoveryCodes({ ...base, hashes: [sha256Of("2")] });
  await people.countRecoveryCodes(accountId);
  await people.disableTotp(base);
  await people.recordFailedSignIn({ ...base, reason: "password" });
  const session = newSession(accountId);
  const { id, expiresAt } = session;
  await people.openSession({ session, actor });
  await people.findSession(id);
  await people.listSessions(accountId);
  await people.rotateSession({
    id,
    generation: 0,
    refreshHash: sha256Of("1"),
    now: NOW,
    expiresAt,
  });
  await people.endSession({ id, ...base, why: "revoked" });
  await people.endSessions({ ...base, keep: null });
  const token = {
    id: newId(),
    name: "t",
    scopes: [],
    createdAt: NOW,
    expiresAt: null,
    usedAt: null,
  };
  await people.createToken({ token, accountId, hash: sha256Of("t2"), actor });
  await people.listTokens(accountId);
  await people.touchTokens({ ids: [token.id], now: NOW });
  await people.revokeToken({ id: token.id, ...base });
  const link = newLink();
  await people.createLink({ link, hash: sha256Of("j"), actor });
  await people.findLink(sha256Of("j"));
  await people.listInvitations({ now: NOW });
  await people.revokeInvitation({ id: link.id, actor, now: NOW });
  await people.beginOauth({ stateHash: sha256Of("a"), attempt: newAttempt() });
  await people.takeOauth({ stateHash: sha256Of("a") });
  await people.openSession({ session, actor });
  await people.createLink({ link: newLink(), hash: sha256Of("k"), actor });
  await people.createToken({
    token: { ...token, id: newId(), expiresAt: NOW },
    accountId,
    hash: sha256Of("t3"),
    actor,
  });
  await people.beginOauth({ stateHash: sha256Of("b"), attempt: newAttempt() });
  await people.purgeExpired({ now: NOW * 2, limit: 9 });
}
