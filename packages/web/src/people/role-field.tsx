import type { Role, User } from "@sampan/sdk";
import { useWords } from "../text/words.ts";
import { SelectField } from "../ui/select-field.tsx";
import { rolesToGive } from "./roles.ts";
import { peopleWords } from "./words.ts";

/** `role`, of those that `by` may give. */
export function RoleField({ by, defaultValue }: { by: User; defaultValue: Role }) {
  const words = useWords(peopleWords);
  return (
    <SelectField
      label={words.inviteRole}
      name="role"
      defaultValue={defaultValue}
      options={rolesToGive(by).map((role) => [
        role,
        `${words.roles[role]} – ${words.roleHints[role]}`,
      ])}
    />
  );
}
