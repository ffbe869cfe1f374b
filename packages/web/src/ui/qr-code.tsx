/* oxlint-disable jsx-a11y/prefer-tag-over-role -- drawn here, so that what it says goes into no address */
import { useMemo } from "react";
import { encode } from "uqr";

/** The quiet zone that readers need, in modules. */
const BORDER = 4;

/** Drawn here, so that what it says goes nowhere. Dark on white in the dark too: not every reader takes it the other way round. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => draw(text), [text]);
  return (
    <svg className="qr-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <rect className="qr-light" width={size} height={size} />
      <path className="qr-dark" d={path} />
    </svg>
  );
}

function draw(text: string): { size: number; path: string } {
  const { data, size } = encode(text, { ecc: "M", border: BORDER });
  const modules = data.flatMap((row, y) =>
    row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")),
  );
  return { size, path: modules.join("") };
}
