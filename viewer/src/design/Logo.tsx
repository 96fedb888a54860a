/** The isocenter: a crosshair in a ring, everything turns around the point in the middle. */
export function Logo({ size_px = 26 }: { size_px?: number }) {
  return (
    <svg width={size_px} height={size_px} viewBox="0 0 32 32" fill="none" aria-hidden="true">
      <g stroke="var(--accent)" strokeWidth="2" strokeLinecap="round">
        <circle cx="16" cy="16" r="9.5" />
        <path d="M16 2v8M16 22v8M2 16h8M22 16h8" />
      </g>
      <circle cx="16" cy="16" r="2" fill="var(--warm)" />
    </svg>
  );
}
