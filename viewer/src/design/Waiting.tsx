/** Says that something is on its way. */
import { Logo } from "./Logo";

export function Waiting({ label }: { label: string }) {
  return (
    <div className="waiting" role="status">
      <div style={{ display: "grid", justifyItems: "center", gap: 10 }}>
        <Logo size_px={34} />
        <span>{label}</span>
      </div>
    </div>
  );
}
