/** A sampan: hull with upswept ends, low canopy, an oar at the stern, water. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        className="logo-hull"
        d="M2 14.500c4.500 9.300 23 9.800 28-2c-7.500 5.800-20.500 6.200-28 2z"
      />
      <path
        className="logo-line"
        d="M9 15.500c.5-7.500 11.500-8.500 13.200-1.200M15.300 9.800v6.700"
      />
      <path className="logo-line" d="M21.500 6.500l6 14.500" />
      <path
        className="logo-water"
        d="M4.500 26.500c1.900-1.500 3.800-1.500 5.700 0s3.800 1.500 5.700 0s3.800-1.500 5.700 0s3.800 1.500 5.700 0"
      />
    </svg>
  );
}
