export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        className="logo-hull"
        d="M2.500 17c2.800 6.500 24.200 6.500 27 0c-4.500 1.700-22.500 1.700-27 0z"
      />
      <path className="logo-line" d="M9.500 17v-2.800a6.500 6 0 0 1 13 0V17" />
      <path
        className="logo-water"
        d="M5 27c1.800-1.500 3.700-1.500 5.500 0s3.700 1.500 5.500 0s3.700-1.500 5.500 0s3.700 1.500 5.500 0"
      />
    </svg>
  );
}
