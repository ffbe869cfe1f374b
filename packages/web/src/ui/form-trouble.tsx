import { useText } from "../text/text.tsx";
import type { Failure } from "../transfers/failure.ts";

/** What went wrong with a form, above its button. */
export function FormTrouble({ failure }: { failure: Failure | null }) {
  const { t, format } = useText();
  return (
    <p className="form-trouble" role="alert">
      {failure !== null && t.explain(failure, format)}
    </p>
  );
}
