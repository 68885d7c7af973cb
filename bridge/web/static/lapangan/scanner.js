// The camera, where the browser reads QR codes by itself (BarcodeDetector); elsewhere people type.
const SAME_AGAIN = 4000; // a card is held before the camera for seconds: one reading

export async function openScanner(found) {
  if (!("BarcodeDetector" in window)) throw new DOMException("no detector", "NotSupportedError");
  const formats = await BarcodeDetector.getSupportedFormats();
  if (!formats.includes("qr_code")) throw new DOMException("no QR", "NotSupportedError");
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true });
  await video.play();
  let open = true;
  let last = { text: "", at: 0 };
  const look = async () => {
    if (!open) return;
    const codes = await detector.detect(video).catch(() => []);
    const text = codes[0]?.rawValue;
    if (text && (text !== last.text || performance.now() - last.at > SAME_AGAIN)) {
      last = { text, at: performance.now() };
      await found(text);
    }
    setTimeout(look, 250);
  };
  look();
  return { video, close() { open = false; for (const track of stream.getTracks()) track.stop(); } };
}
