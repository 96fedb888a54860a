/** One measurement in the list: its label, its numbers, where it is. */
import { useEffect, useState } from "react";
import { useWords } from "../language/words";
import type { Measurement } from "./measurement";
import { quantityName, quantityText } from "./quantity-text";
import type { StudyImages } from "./study-images";
import { KIND_WORDS, WORDS } from "./words";

interface MeasurementRowProps {
  measurement: Measurement;
  images: StudyImages;
  isHidden: boolean;
  onShow: () => void;
  onHide: (isHidden: boolean) => void;
  onLabel: (label: string) => void;
  onDelete: () => void;
}

export function MeasurementRow(props: MeasurementRowProps) {
  const { measurement, isHidden, onShow, onHide, onLabel, onDelete } = props;
  const say = useWords(WORDS);
  const kind = useWords(KIND_WORDS);
  const { label, isForeign, quantities, trackingId } = measurement;
  const [edited, setEdited] = useState(label);
  useEffect(() => setEdited(label), [label]);
  const name = label || trackingId || (measurement.kind ? kind(measurement.kind) : measurement.finding?.meaning) || "–";
  const isDrawn = measurement.kind !== undefined;
  // Names that were given by the page begin with the kind.
  const kindText = measurement.kind ? label && kind(measurement.kind) : measurement.finding?.meaning;
  const finish = () => edited !== label && onLabel(edited.trim());
  return (
    <li className="measurement" data-hidden={isHidden} data-testid="measurement">
      <button
        type="button"
        className="measurement-go"
        aria-label={say("goTo", { name })}
        onClick={onShow}
        disabled={!isDrawn && measurement.place.on !== "segment"}
      >
        <span className="measurement-place">{usePlaceText(props)}</span>
        <span className="measurement-numbers">
          {kindText && <span className="measurement-kind">{kindText}</span>}
          {quantities.map((quantity) => (
            <span key={`${quantity.concept.value} ${quantity.derivation?.value}`} title={titleOf(quantity)}>
              {quantityName(quantity)} {quantityText(quantity)}
            </span>
          ))}
        </span>
      </button>
      <input
        className="measurement-label"
        aria-label={say("label", { name: trackingId || name })}
        placeholder={trackingId}
        value={edited}
        readOnly={isForeign}
        onChange={(event) => setEdited(event.target.value)}
        onBlur={finish}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") setEdited(label);
        }}
      />
      <span className="measurement-acts">
        {isDrawn && (
          <button
            type="button"
            className="quiet"
            aria-pressed={isHidden}
            aria-label={say(isHidden ? "unhide" : "hide", { name })}
            title={say(isHidden ? "unhide" : "hide", { name })}
            onClick={() => onHide(!isHidden)}
          >
            {isHidden ? "◌" : "◉"}
          </button>
        )}
        {!isForeign && (
          <button
            type="button"
            className="quiet"
            aria-label={say("delete", { name })}
            title={say("delete", { name })}
            onClick={onDelete}
          >
            ✕
          </button>
        )}
      </span>
      {isForeign && (
        <span className="measurement-note">{say(measurement.place.on === "nothing" ? "notDrawable" : "foreign")}</span>
      )}
    </li>
  );
}

function titleOf({ concept, derivation, value, unit }: Measurement["quantities"][number]): string {
  return `${concept.meaning}${derivation ? `, ${derivation.meaning}` : ""}: ${value} ${unit.meaning || unit.value}`;
}

function usePlaceText({ measurement: { place }, images }: MeasurementRowProps): string {
  const say = useWords(WORDS);
  if (place.on === "space") return say("inSpace");
  if (place.on === "segment") return say("ofSegment", { number: place.segment.number });
  if (place.on === "nothing") return "";
  const image = images.find(place.image.sopInstanceUid, place.image.frame);
  if (place.image.isMultiFrame) return say("frame", { number: place.image.frame });
  return image?.instanceNumber === undefined ? "" : say("image", { number: image.instanceNumber });
}
