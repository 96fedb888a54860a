/** Cornerstone3D, started once: rendering, tools, and the loader that fetches frames by WADO-RS. */
import { init as initCore } from "@cornerstonejs/core";
import { init as initLoader, wadors } from "@cornerstonejs/dicom-image-loader";
import { init as initTools } from "@cornerstonejs/tools";
import type { Dataset } from "../dicomweb/json-model";
import { framesAccept } from "../dicomweb/retrieve";
import { ProblemError, problemFromBody } from "../http/problem";
import { announceUnauthenticated } from "../http/request";
import { sayIn } from "../language/words";
import { loadProgressively } from "../progressive/progressive-loader";
import { registerColourMaps } from "../volume/colour-maps";
import { provideExactRescale } from "./exact-rescale";
import { provideSuvScaling } from "./suv-scaling";
import { WORDS } from "./words";

let isStarted = false;

/** Start Cornerstone; without WebGL it draws with the CPU by itself. */
export function startCornerstone(): void {
  if (isStarted) return;
  // One WebGL context for all viewports: a volume is then kept once on the graphics card and not once per viewport.
  initCore({ rendering: { webGlContextCount: 1 } } as Parameters<typeof initCore>[0]);
  initLoader({
    maxWebWorkers: Math.min(4, Math.max(1, Math.floor((navigator.hardwareConcurrency || 2) / 2))),
    beforeSend: (_, imageId) => ({
      Accept: framesAccept(wadors.metaDataManager.get(imageId) as Dataset | undefined),
    }),
    errorInterceptor: (error) => {
      if (error.request?.status === 401) announceUnauthenticated();
    },
  });
  loadProgressively();
  initTools();
  provideSuvScaling();
  provideExactRescale();
  registerColourMaps();
  addEventListener("unhandledrejection", quietRequests);
  isStarted = true;
}

/** The loader also rejects promises that nobody holds: a request that failed is told to the viewport that waits. */
function quietRequests(event: PromiseRejectionEvent): void {
  if (requestOf(event.reason)) event.preventDefault();
}

/** Return the request that failed, however the loader hands it on, or undefined when it was not the network. */
export function requestOf(reported: unknown): XMLHttpRequest | undefined {
  return reported instanceof XMLHttpRequest ? reported : (reported as { request?: XMLHttpRequest })?.request;
}

/** Return an error that can be shown for what Cornerstone reports about a frame. */
export function frameProblem(reported: unknown): ProblemError {
  if (reported instanceof ProblemError) return reported;
  const inner = (reported as { error?: unknown })?.error ?? reported;
  const request = requestOf(inner);
  const detail = inner instanceof Error ? inner.message : typeof inner === "string" ? inner : "";
  const say = sayIn(WORDS);
  if (request) {
    const said = problemFromBody(request.status, request.statusText, bodyOf(request));
    return new ProblemError({
      ...said,
      title: say("not-sent"),
      detail: said.detail ?? say("not-sent-answer", { status: request.status, words: request.statusText }),
      remedy: said.remedy ?? say("not-sent-remedy"),
    });
  }
  return new ProblemError({
    title: say("not-decoded"),
    status: 0,
    detail: detail || say("not-decoded-detail"),
    remedy: say("not-decoded-remedy"),
  });
}

/** The loader asks for bytes: a problem document arrives as bytes too. */
function bodyOf(request: XMLHttpRequest): unknown {
  if (!(request.response instanceof ArrayBuffer)) return {};
  try {
    return JSON.parse(new TextDecoder().decode(request.response));
  } catch {
    return {};
  }
}
