/** Slab, fusion and volume rendering of the active cell. */
import type { Series } from "../dicomweb/studies";
import { useWords } from "../language/words";
import type { Cell, Fusion, Projection, Settings } from "../layout/layout";
import { COLOUR_MAPS, HOT_IRON } from "./colour-maps";
import { renderingNames, usualRendering } from "./SolidController";
import { THICKNESSES_MM } from "./slab";
import { WORDS } from "./words";

interface VolumeBarProps {
  cell: Cell;
  modality: string;
  /** Series that may be laid over this one. */
  others: readonly Series[];
  onSettings: (settings: Settings) => void;
}

const PROJECTIONS = { maximum: "MIP", minimum: "MinIP", average: "average" } as const;

export function VolumeBar({ cell, modality, others, onSettings }: VolumeBarProps) {
  if (cell.kind === "plane") return <PlaneBar cell={cell} others={others} onSettings={onSettings} />;
  if (cell.kind === "solid") {
    return (
      <SolidBar
        name={cell.settings.rendering ?? usualRendering(modality)}
        modality={modality}
        onSettings={onSettings}
      />
    );
  }
  return null;
}

/** Return the fusion that a series starts with. */
export function usualFusion({ uid, studyUid }: Series, cell: Cell): Fusion {
  const study = studyUid === cell.studyUid ? {} : { studyUid };
  return { seriesUid: uid, ...study, colourMap: HOT_IRON, opacity: 0.6 };
}

function PlaneBar({ cell, others, onSettings }: Omit<VolumeBarProps, "modality">) {
  const say = useWords(WORDS);
  const { slab, fusion } = cell.settings;
  const overOf = (uid: string) => {
    const found = others.find((one) => one.uid === uid);
    return found && usualFusion(found, cell);
  };
  const chooseProjection = (name: string) =>
    onSettings({
      slab: name ? { projection: name as Projection, thickness_mm: slab?.thickness_mm ?? 10 } : undefined,
    } as Settings);
  return (
    <fieldset className="volume-bar">
      <select
        aria-label={say("projection")}
        value={slab?.projection ?? ""}
        onChange={(event) => chooseProjection(event.target.value)}
      >
        <option value="">{say("thin")}</option>
        {(["maximum", "minimum", "average"] as const).map((name) => (
          <option key={name} value={name}>
            {say(PROJECTIONS[name])}
          </option>
        ))}
      </select>
      {slab && (
        <select
          aria-label={say("thickness")}
          value={slab.thickness_mm}
          onChange={(event) => onSettings({ slab: { ...slab, thickness_mm: Number(event.target.value) } })}
        >
          {THICKNESSES_MM.map((thickness_mm) => (
            <option key={thickness_mm} value={thickness_mm}>
              {thickness_mm} mm
            </option>
          ))}
        </select>
      )}
      <select
        aria-label={say("fusion")}
        value={fusion?.seriesUid ?? ""}
        onChange={({ target }) => onSettings({ fusion: overOf(target.value) } as Settings)}
      >
        <option value="">{say("no-fusion")}</option>
        {others.map(({ uid, modality, description, number }) => (
          <option key={uid} value={uid}>
            {modality} {description || number}
          </option>
        ))}
      </select>
      {fusion && (
        <>
          <select
            aria-label={say("colours")}
            value={fusion.colourMap}
            onChange={(event) => onSettings({ fusion: { ...fusion, colourMap: event.target.value } })}
          >
            {COLOUR_MAPS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <input
            type="range"
            aria-label={say("opacity")}
            aria-valuetext={`${Math.round(fusion.opacity * 100)} %`}
            min={0}
            max={1}
            step={0.05}
            value={fusion.opacity}
            onChange={(event) => onSettings({ fusion: { ...fusion, opacity: Number(event.target.value) } })}
          />
        </>
      )}
    </fieldset>
  );
}

interface SolidBarProps {
  name: string;
  modality: string;
  onSettings: (settings: Settings) => void;
}

function SolidBar({ name, modality, onSettings }: SolidBarProps) {
  const say = useWords(WORDS);
  return (
    <fieldset className="volume-bar">
      <select
        aria-label={say("rendering")}
        value={name}
        onChange={(event) => onSettings({ rendering: event.target.value })}
      >
        {renderingNames(modality).map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </fieldset>
  );
}
