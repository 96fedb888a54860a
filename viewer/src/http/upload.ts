/** Send bytes and say how many have gone. `fetch` cannot report upload progress, XMLHttpRequest can. */
import { ProblemError, problemFromBody } from "./problem";
import { announceUnauthenticated, GUARD_HEADER } from "./request";

export interface UploadOptions {
  contentType: string;
  accept: string;
  onProgress: (fraction: number) => void;
  signal?: AbortSignal;
  /** Statuses besides 2xx whose body is an answer and not a problem. */
  acceptStatuses?: readonly number[];
}

/** Return the decoded JSON answer to a POST of `body`, or throw its problem. */
export function upload(path: string, body: Blob, options: UploadOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Content-Type", options.contentType);
    request.setRequestHeader("Accept", options.accept);
    for (const [name, value] of Object.entries(GUARD_HEADER)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const answer = decoded(request.responseText);
      const isAnswer = request.status < 300 || options.acceptStatuses?.includes(request.status);
      if (isAnswer) resolve(answer);
      else {
        if (request.status === 401) announceUnauthenticated();
        reject(new ProblemError(problemFromBody(request.status, request.statusText, answer)));
      }
    };
    request.onerror = () => reject(new TypeError("Network error while sending the file"));
    request.onabort = () => reject(new DOMException("The upload was stopped", "AbortError"));
    options.signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text ? { detail: text.slice(0, 400) } : {};
  }
}
