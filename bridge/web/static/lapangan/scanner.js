// The camera reads cards: with the browser's own BarcodeDetector where it knows QR codes (Chrome on Android), else
// with the decoder that we bring along (qr/, see its README). Both work without a network.
const SAME_AGAIN = 4000; // a card is held before the camera for seconds: one reading
const PAUSE = 150;
const WIDEST = 960; // pixels that the bundled decoder looks at: a card at arm's length, on a slow phone
const PATIENCE = 60; // milliseconds a frame
const TRIES = 3; // a detector that fails so often in a row has no service behind it

async function ownReader() {
  if (!("BarcodeDetector" in globalThis)) return null;
  const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (video) => (await detector.detect(video))[0]?.rawValue || "";
}

async function bundledReader() {
  const { decodeQR } = await import("./qr/decode.js");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, WIDEST / Math.max(video.videoWidth, video.videoHeight));
    const [width, height] = [video.videoWidth, video.videoHeight].map((side) => Math.round(side * scale));
    if (!width || !height) return "";
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    pen.drawImage(video, 0, 0, width, height);
    const frame = pen.getImageData(0, 0, width, height);
    try { return decodeQR(frame, { timeLimit: PATIENCE }); } catch { return ""; } // it throws where a frame holds no code
  };
}

export async function openScanner(found) {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no camera", "NotSupportedError");
  let read = (await ownReader()) || (await bundledReader());
  const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true });
  await video.play();
  let open = true;
  let failed = 0;
  let last = { text: "", at: 0 };
  const look = async () => {
    if (!open) return;
    if (video.paused) await video.play().catch(() => {});
    let text = "";
    try {
      text = await read(video);
      failed = 0;
    } catch {
      failed += 1; // Android without Google's services names the format and then refuses every frame
      if (failed === TRIES) read = await bundledReader();
    }
    if (open && text && (text !== last.text || performance.now() - last.at > SAME_AGAIN)) {
      last = { text, at: performance.now() };
      await found(text);
    }
    setTimeout(look, PAUSE);
  };
  look();
  return { video, close() { open = false; for (const track of stream.getTracks()) track.stop(); } };
}
