/** A small picture of a series once it comes into sight, or its modality when it has none. */
import { useEffect, useRef, useState } from "react";
import { type Series, thumbnailAddress } from "../dicomweb/studies";

export function Thumbnail({ series }: { series: Series }) {
  const place = useRef<HTMLSpanElement>(null);
  const [isInSight, setInSight] = useState(false);
  const [address, setAddress] = useState<string>();
  const [hasFailed, setFailed] = useState(false);

  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setInSight(true),
      { rootMargin: "120px" },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (!isInSight) return;
    let isCurrent = true;
    setFailed(false);
    thumbnailAddress(series)
      .then((found) => isCurrent && setAddress(found))
      .catch(() => isCurrent && setFailed(true));
    return () => {
      isCurrent = false;
    };
  }, [series, isInSight]);

  return (
    <span ref={place} className="thumbnail">
      {address && !hasFailed ? (
        <img src={address} alt="" loading="lazy" onError={() => setFailed(true)} />
      ) : (
        <span aria-hidden="true">{series.modality || "–"}</span>
      )}
    </span>
  );
}
