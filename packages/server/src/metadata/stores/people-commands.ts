/** The writes of people, by the names under which they cross to the writer. */
import { beginOauth, linkIdentity, takeOauth, unlinkIdentity } from "./identity-writes.ts";
import { createLink, revokeInvitation } from "./link-writes.ts";
import {
  changePassword,
  changeUser,
  createAccount,
  purgeExpired,
  recordFailedSignIn,
  resetPassword,
  setUpOwner,
} from "./people-writes.ts";
import {
  createToken,
  endSession,
  endSessions,
  openSession,
  revokeToken,
  rotateSession,
  touchTokens,
} from "./session-writes.ts";
import {
  confirmTotp,
  disableTotp,
  proposeTotp,
  replaceRecoveryCodes,
  useRecoveryCode,
  useTotpStep,
} from "./totp-writes.ts";

export const peopleCommands = {
  createAccount,
  setUpOwner,
  changePassword,
  resetPassword,
  changeUser,
  proposeTotp,
  confirmTotp,
  useTotpStep,
  useRecoveryCode,
  replaceRecoveryCodes,
  disableTotp,
  recordFailedSignIn,
  purgeExpiredPeople: purgeExpired,
  openSession,
  rotateSession,
  endSession,
  endSessions,
  createToken,
  revokeToken,
  touchTokens,
  createLink,
  revokeInvitation,
  linkIdentity,
  unlinkIdentity,
  beginOauth,
  takeOauth,
};
