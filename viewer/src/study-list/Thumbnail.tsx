/** A small picture of a series, or its modality when it has none. */
import { useEffect, useState } from "react";
import { type Series, thumbnailAddress } from "../dicomweb/studies";

export function Thumbnail({ series }: { series: Series }) {
  const [address, setAddress] = useState<string>();
  const [hasFailed, setFailed] = useState(false);

  useEffect(() => {
    let isCurrent = true;
    setFailed(false);
    thumbnailAddress(series)
      .then((found) => isCurrent && setAddress(found))
      .catch(() => isCurrent && setFailed(true));
    return () => {
      isCurrent = false;
    };
  }, [series]);

  return (
    <span className="thumbnail">
      {address && !hasFailed ? (
        <img src={address} alt="" loading="lazy" onError={() => setFailed(true)} />
      ) : (
        <span aria-hidden="true">{series.modality || "–"}</span>
      )}
    </span>
  );
}
