import { useEffect, useRef } from "react";

interface ConfirmProps {
  question: string;
  yes: string;
  no: string;
  onAnswer: (isYes: boolean) => void;
}

/** A question in the place of the button that asks it: nothing is covered, and everything else stays usable. */
export function Confirm({ question, yes, no, onAnswer }: ConfirmProps) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <span className="confirm">
      <span className="confirm-question" role="alert">
        {question}
      </span>
      <button
        type="button"
        className="button small danger"
        // The second click of a double click was meant for the button that was here before.
        onClick={({ detail }) => {
          if (detail <= 1) onAnswer(true);
        }}
      >
        {yes}
      </button>
      <button ref={keep} type="button" className="button small" onClick={() => onAnswer(false)}>
        {no}
      </button>
    </span>
  );
}
