/** The reading page: the series of a study, and a grid of them on the screen. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ErrorBoundary } from "../design/ErrorBoundary";
import { ProblemNotice } from "../design/ProblemNotice";
import { text } from "../dicomweb/json-model";
import type { Series } from "../dicomweb/studies";
import { hasUsuallyPictures } from "../documents/without-pictures";
import { HangingMenu } from "../hanging/HangingMenu";
import { PriorRail } from "../hanging/PriorRail";
import { useHanging } from "../hanging/use-hanging";
import { WhyPanel } from "../hanging/WhyPanel";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { GridPicker } from "../layout/GridPicker";
import {
  activeCell,
  type Cell,
  emptyLayout,
  filled,
  type Layout,
  type Settings,
  stackOf,
  toggledMaximised,
  withActive,
  withBeside,
  withCell,
  withGrid,
  withSettings,
} from "../layout/layout";
import { ViewportGrid } from "../layout/ViewportGrid";
import { Links } from "../linking/Links";
import { MeasurementPanel } from "../measurements/MeasurementPanel";
import { go, useSearch } from "../navigation/history";
import { imageOf, viewPath } from "../navigation/route";
import { ALL_OVERLAYS } from "../overlays/choice";
import { ProvenancePanel } from "../provenance/ProvenancePanel";
import { SegmentationPanel } from "../segmentation/SegmentationPanel";
import { ServerCell } from "../server-view/ServerCell";
import { StrainDesk } from "../strain/StrainDesk";
import { StrainPanel } from "../strain/StrainPanel";
import { WORDS as STRAIN_WORDS } from "../strain/words";
import type { Command } from "../tools/keyboard";
import type { PointerTool } from "../tools/pointer-tool";
import { CROSSHAIRS, FIRST_TOOL } from "../tools/tool-set";
import { rangeOf } from "../tools/window";
import type { WindowPreset } from "../tools/window-presets";
import { usualFusion, VolumeBar } from "../volume/VolumeBar";
import { ArrowTextDialog } from "./ArrowTextDialog";
import { rearranged, steer } from "./commands";
import { FrameBar } from "./FrameBar";
import { intendedRate_per_s } from "./frame-rate";
import { HelpDialog } from "./HelpDialog";
import { openingSeries } from "./pictures";
import { takeStage } from "./prepared-stage";
import { presentedAs } from "./presented";
import { hasExactWindow, presetsOf } from "./presets";
import { type Reading, ReadingContext, type WantedImage } from "./reading-context";
import { SeriesRail } from "./SeriesRail";
import { SeriesShelf } from "./SeriesShelf";
import type { Stage } from "./Stage";
import { Toolbar } from "./Toolbar";
import { seriesToOpen } from "./to-open";
import { useCine } from "./use-cine";
import { useViewerKeys } from "./use-viewer-keys";
import type { Shown } from "./use-viewport";
import { ViewportCell } from "./ViewportCell";
import { whenReachable } from "./when-reachable";
import { whenTime } from "./when-time";
import { WORDS } from "./words";
import "./viewer.css";

export { prepareStage } from "./prepared-stage";

interface ViewerPageProps {
  studyUid: string;
  seriesUid: string | undefined;
}

const SETTLED_MS = 400;

export default function ViewerPage({ studyUid, seriesUid }: ViewerPageProps) {
  const [stage, setStage] = useState<Stage>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    let made: Stage | undefined;
    try {
      made = takeStage();
      setStage(made);
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
    return () => made?.destroy();
  }, []);
  if (problem) {
    return (
      <div className="stage-notice">
        <ProblemNotice problem={problem} />
      </div>
    );
  }
  return stage ? <ReadingPage key={studyUid} stage={stage} studyUid={studyUid} seriesUid={seriesUid} /> : null;
}

function ReadingPage({ stage, studyUid, seriesUid }: ViewerPageProps & { stage: Stage }) {
  const say = useWords(WORDS);
  const [layout, setLayout] = useState<Layout>(() => {
    const empty = emptyLayout();
    return seriesUid ? withCell(empty, 0, stackOf(studyUid, seriesUid)) : empty;
  });
  const [overlays, setOverlays] = useState(ALL_OVERLAYS);
  const [tool, setTool] = useState<PointerTool>(FIRST_TOOL);
  const [panel, setPanel] = useState<"provenance" | "help" | "grid" | "strain">();
  const [wanted, setWanted] = useState<WantedImage>();
  const { series, problem } = useSeries(studyUid);
  const hanging = useHanging(studyUid, series, seriesUid === undefined, setLayout);
  const shelf = useMemo(() => new SeriesShelf(), []);
  const links = useMemo(() => new Links(), []);
  const strain = useMemo(() => new StrainDesk(), []);
  const sayStrain = useWords(STRAIN_WORDS);
  const reading = useMemo<Reading>(() => {
    // Crosshairs draw the same lines themselves.
    const lines = overlays.lines && tool !== CROSSHAIRS;
    return { stage, shelf, links, strain, overlays: { ...overlays, lines }, wanted };
  }, [stage, shelf, links, strain, overlays, tool, wanted]);

  const cell = activeCell(layout);
  const { shown, onShown } = useShown(layout.active);
  const frame = shown?.frames[cell?.kind === "stack" ? Math.min(shown.view?.index ?? 0, shown.frames.length - 1) : 0];
  const modality = frame ? text(frame.dataset, "Modality") : "";
  const presets = useMemo(() => presetsOf(frame), [frame]);
  const [asked_per_s, setAsked] = useState(15);
  const firstFrame = shown?.frames[0];
  useEffect(() => {
    if (firstFrame) setAsked(intendedRate_per_s(firstFrame.dataset));
  }, [firstFrame]);
  const cine = useCine(shown?.controller, asked_per_s);

  // Strain is of the loop that is read.
  const isLoop = cell?.kind === "stack" && modality === "US";
  const loopUid = isLoop ? frame?.instanceUid : undefined;
  useEffect(() => {
    const nFrames = shown?.frames.filter(({ instanceUid }) => instanceUid === loopUid).length ?? 0;
    const of =
      cell && loopUid ? { studyUid: cell.studyUid, seriesUid: cell.seriesUid, instanceUid: loopUid } : undefined;
    strain.lookAt(of && { ...of, nFrames });
  }, [strain, cell, loopUid, shown?.frames]);
  useEffect(() => strain.setOpen(panel === "strain"), [strain, panel]);
  useEffect(() => () => strain.stop(), [strain]);
  /** Turn to a frame of the loop that is shown. */
  const goToFrame = (target: number) => {
    const index = shown?.frames.findIndex((one) => one.instanceUid === loopUid && one.frameNumber === target) ?? -1;
    cine.stop();
    if (index >= 0) void shown?.controller.goTo(index);
  };

  // The layout keeps how the active picture is shown, once it is left alone for a moment.
  const view = shown?.view;
  useEffect(() => {
    if (!cell || !view || cell.kind === "solid") return;
    const keep = () =>
      setLayout((now) => {
        const known = activeCell(now);
        const isSame = known?.seriesUid === cell.seriesUid && known.kind === cell.kind;
        const settings = presentedAs(view);
        const isNew = Object.entries(settings).some(
          ([name, value]) => JSON.stringify(known?.settings[name as keyof Settings]) !== JSON.stringify(value),
        );
        return isSame && isNew ? withSettings(now, now.active, settings) : now;
      });
    const timer = setTimeout(keep, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [cell, view]);

  useEffect(() => links.lead(layout.active, layout.links), [links, layout.active, layout.links]);

  // The address names the series of the active cell; another address puts its series there.
  const addressed = useRef(seriesUid);
  const search = useSearch();
  useEffect(() => {
    const image = imageOf(search);
    if (!seriesUid || (seriesUid === addressed.current && !image)) return;
    addressed.current = seriesUid;
    if (image) {
      setWanted({ seriesUid, ...image });
      setLayout((now) => withBeside(now, stackOf(studyUid, seriesUid)));
      go(viewPath(studyUid, seriesUid), true);
      return;
    }
    setLayout((now) =>
      activeCell(now)?.seriesUid === seriesUid ? now : withCell(now, now.active, stackOf(studyUid, seriesUid)),
    );
  }, [studyUid, seriesUid, search]);
  const activeSeries = cell?.seriesUid;
  useEffect(() => {
    // A prior is no part of the study that the address names.
    if (!activeSeries || cell?.studyUid !== studyUid) return;
    addressed.current = activeSeries;
    go(viewPath(studyUid, activeSeries), true);
  }, [studyUid, activeSeries, cell?.studyUid]);
  useEffect(() => {
    if (seriesUid || activeSeries || !series || hanging.isDeciding) return;
    const first = openingSeries(series);
    if (first) setLayout((now) => withCell(now, now.active, stackOf(studyUid, first.uid)));
  }, [studyUid, seriesUid, activeSeries, series, hanging.isDeciding]);

  const open = useCallback(
    (uid: string, index?: number) =>
      setLayout((now) => withCell(now, index ?? now.active, stackOf(hanging.known(uid)?.studyUid ?? studyUid, uid))),
    [studyUid, hanging.known],
  );
  const toSeries = (step: -1 | 1) => {
    const at = series?.findIndex(({ uid }) => uid === activeSeries) ?? -1;
    const target = series?.[at + step];
    if (target) open(target.uid);
  };
  const change = (settings: Settings) => setLayout((now) => withSettings(now, now.active, settings));
  // What may be laid over a series: the others of its study, and those of other studies that are shown beside it.
  const beside = layout.cells.flatMap((one) => (one && one.studyUid !== cell?.studyUid ? [one.seriesUid] : []));
  const others = [
    ...(series ?? []).filter(({ studyUid: of }) => of === cell?.studyUid),
    ...[...new Set(beside)].flatMap((uid) => series?.find((one) => one.uid === uid) ?? hanging.known(uid) ?? []),
  ].filter(({ uid, modality: kind }) => uid !== activeSeries && hasUsuallyPictures(kind));
  const toggleFusion = () => {
    if (cell?.kind !== "plane") return;
    const over = others.find(({ modality: kind }) => kind === "PT") ?? others[0];
    if (cell.settings.fusion) change({ fusion: undefined } as Settings);
    else if (over) change({ fusion: usualFusion(over, cell) });
  };

  const choosePreset = (preset: WindowPreset | undefined) => {
    if (preset?.window && frame) shown?.controller.setRange(rangeOf(preset.window, hasExactWindow(frame)));
    else if (preset?.shares) shown?.controller.setShares(preset.shares);
    else if (preset) shown?.controller.setFullRange();
  };
  const chooseTool = (chosen: PointerTool) => {
    stage.tools.choose(chosen.name);
    setTool(chosen);
  };
  const obey = (command: Command) => {
    const acts: Partial<Record<Command, () => void>> = {
      "next-series": () => toSeries(1),
      "previous-series": () => toSeries(-1),
      "fill-grid": () => setLayout((now) => filled(now, studyUid, picturesOf(series ?? []))),
      fusion: toggleFusion,
      cine: () => (shown?.controller.nImages ?? 0) > 1 && cine.toggle(),
      overlays: () => setOverlays((now) => ({ ...now, isShown: !now.isShown })),
      patient: () => setOverlays((now) => ({ ...now, patient: !now.patient })),
      "reference-lines": () => setOverlays((now) => ({ ...now, lines: !now.lines })),
      provenance: () => setPanel((now) => (now === "provenance" ? undefined : "provenance")),
      help: () => setPanel("help"),
      grid: () => setPanel("grid"),
    };
    const act = acts[command];
    if (act) act();
    else if (hanging.obey(command)) return;
    else if (shown && steer(shown.controller, command)) return;
    else setLayout((now) => rearranged(now, command) ?? now);
  };
  useViewerKeys({ onCommand: obey, onTool: chooseTool, onPreset: (number) => choosePreset(presets[number - 1]) });

  const nameOf = useCallback(
    (named: Cell) => {
      const found = series?.find(({ uid }) => uid === named.seriesUid) ?? hanging.known(named.seriesUid);
      return found?.description || say("series-number", { number: found?.number ?? "" });
    },
    [series, hanging.known, say],
  );
  const inCells = useMemo(() => new Set(layout.cells.flatMap((one) => (one ? [one.seriesUid] : []))), [layout.cells]);

  return (
    <ReadingContext value={reading}>
      <div className="viewer">
        <SeriesRail series={series ?? []} current={activeSeries} shown={inCells} onOpen={open}>
          <PriorRail hanging={hanging} shown={inCells} onOpen={open} />
        </SeriesRail>
        <section className="stage" aria-label={say("picture")}>
          <Toolbar
            layout={layout}
            tool={tool}
            presets={presets}
            overlays={overlays}
            hasProvenance={panel === "provenance"}
            isInverted={shown?.view?.isInverted ?? false}
            onTool={chooseTool}
            onPreset={choosePreset}
            onOverlays={setOverlays}
            onCommand={obey}
          >
            <HangingMenu hanging={hanging} layout={layout} />
          </Toolbar>
          {problem ? (
            <div className="stage-notice">
              <ProblemNotice problem={problem} />
            </div>
          ) : (
            <ViewportGrid
              layout={layout}
              nameOf={nameOf}
              onActivate={(index) => setLayout((now) => withActive(now, index))}
              onMaximise={(index) => setLayout((now) => toggledMaximised(now, index))}
              onDrop={(index, uid) => open(uid, index)}
            >
              {(one, index) => (
                <ErrorBoundary key={`${one.seriesUid} ${one.kind} ${hanging.generation}`}>
                  {one.settings.drawnBy === "server" ? (
                    <ServerCell studyUid={one.studyUid} seriesUid={one.seriesUid} isTooLarge={false} />
                  ) : (
                    <ViewportCell
                      cell={one}
                      index={index}
                      readOn={one.studyUid === studyUid ? undefined : (hanging.read?.study.date ?? "")}
                      onShown={onShown}
                    />
                  )}
                </ErrorBoundary>
              )}
            </ViewportGrid>
          )}
          <div className="bottom-bar">
            {isLoop && (
              <button
                type="button"
                className="strain-button"
                title={sayStrain("hint")}
                aria-pressed={panel === "strain"}
                onClick={() => setPanel((now) => (now === "strain" ? undefined : "strain"))}
              >
                {sayStrain("strain")}
              </button>
            )}
            {cell && <VolumeBar cell={cell} modality={modality} others={others} onSettings={change} />}
            <FrameBar
              index={shown?.view?.index ?? 0}
              nImages={cell?.kind === "solid" ? 0 : (shown?.view?.nImages ?? 0)}
              cine={cine}
              asked_per_s={asked_per_s}
              measured_per_s={shown?.rate_per_s}
              onIndex={(target) => {
                cine.stop();
                void shown?.controller.goTo(target);
              }}
              onRate={setAsked}
            />
          </div>
          {panel === "provenance" && frame && (
            <ProvenancePanel dataset={frame.dataset} onClose={() => setPanel(undefined)} />
          )}
          {panel === "strain" && (
            <StrainPanel
              desk={strain}
              frame={frame?.frameNumber ?? 1}
              onFrame={goToFrame}
              onClose={() => setPanel(undefined)}
            />
          )}
          {hanging.isExplained && panel !== "provenance" && panel !== "strain" && <WhyPanel hanging={hanging} />}
          {panel === "help" && <HelpDialog onClose={() => setPanel(undefined)} />}
          {panel === "grid" && (
            <GridPicker
              rows={layout.rows}
              columns={layout.columns}
              onChoose={(rows, columns) => setLayout((now) => withGrid(now, rows, columns))}
              onClose={() => setPanel(undefined)}
            />
          )}
          <ArrowTextDialog />
        </section>
        <MeasurementPanel key={cell?.studyUid ?? studyUid} studyUid={cell?.studyUid ?? studyUid} />
        <SegmentationPanel
          key={`${cell?.studyUid ?? studyUid} segments`}
          studyUid={cell?.studyUid ?? studyUid}
          seriesUid={activeSeries}
          tool={tool}
          onTool={chooseTool}
        />
      </div>
    </ReadingContext>
  );
}

function picturesOf(series: readonly Series[]): string[] {
  return series.filter(({ modality }) => hasUsuallyPictures(modality)).map(({ uid }) => uid);
}

/** The series of the study, or the problem that kept them away. */
function useSeries(studyUid: string): { series: readonly Series[] | undefined; problem: Problem | undefined } {
  const say = useWords(WORDS);
  const [series, setSeries] = useState<readonly Series[]>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    const stopped = new AbortController();
    const { signal } = stopped;
    const give = (found: readonly Series[]) => {
      if (signal.aborted) return;
      setProblem(undefined);
      setSeries(found);
    };
    const wait = (thrown: unknown) => signal.aborted || setProblem(problemOf(thrown));
    whenReachable(() => seriesToOpen(studyUid), signal, wait).then(give, wait);
    return () => stopped.abort();
  }, [studyUid]);
  const none = { title: say("no-series"), status: 404, remedy: say("no-series-remedy") };
  return { series, problem: problem ?? (series?.length === 0 ? none : undefined) };
}

/**
 * What the active cell shows; the others are kept for when they become active. The page around a picture follows it
 * when there is time: while images follow each other fast, the next one comes first.
 */
function useShown(active: number) {
  const all = useRef(new Map<number, Shown>());
  const [shown, setShown] = useState<Shown>();
  const latest = useRef(active);
  latest.current = active;
  const callOff = useRef<() => void>(undefined);
  const follow = useCallback(() => {
    callOff.current?.();
    callOff.current = undefined;
    setShown(all.current.get(latest.current));
  }, []);
  useEffect(follow, [active, follow]);
  useEffect(() => () => callOff.current?.(), []);
  const onShown = useCallback(
    (index: number, now: Shown | undefined) => {
      const before = all.current.get(index);
      if (now) all.current.set(index, now);
      else all.current.delete(index);
      if (index !== latest.current) return;
      const isSamePicture = now?.view && before?.view && now.controller === before.controller;
      if (!isSamePicture) follow();
      else callOff.current ??= whenTime(follow);
    },
    [follow],
  );
  return { shown, onShown };
}
