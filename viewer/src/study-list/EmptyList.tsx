/** What to do when there is nothing to show. */
import { Logo } from "../design/Logo";
import { Link } from "../navigation/Link";

export function EmptyList({ isNarrowed, onClear }: { isNarrowed: boolean; onClear: () => void }) {
  if (isNarrowed) {
    return (
      <div className="empty-list">
        <h1>No study matches</h1>
        <p className="soft">Fewer letters or a wider range of dates find more.</p>
        <button type="button" onClick={onClear}>
          Clear the search
        </button>
      </div>
    );
  }
  return (
    <div className="empty-list">
      <Logo size_px={64} />
      <h1>No studies yet</h1>
      <p className="soft">
        Drop DICOM files or folders anywhere on this page, send them to this department over DICOM, or make an image
        from the raw data of a scanner.
      </p>
      <Link to="/reconstruct" className="button primary">
        Reconstruct raw data
      </Link>
    </div>
  );
}
