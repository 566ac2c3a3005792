// The visitor's page works without this. With it a large photo is made small before it is sent (and holds nothing but
// the picture then), and a position may be enclosed: when the button is pressed, never by itself.
(() => {
  "use strict";
  const SIDE = 1280, SMALL = 400_000, READ = ["image/jpeg", "image/png", "image/webp"], QUALITY = 0.8, PLACES = 4, PATIENCE = 15_000;

  const photo = document.getElementById("photo");
  const shrunk = async (file) => {
    const drawn = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(drawn.width, drawn.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(drawn.width * scale);
    canvas.height = Math.round(drawn.height * scale);
    canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  };
  photo?.addEventListener("change", async () => {
    const file = photo.files[0];
    if (!file || (file.size <= SMALL && READ.includes(file.type))) return;
    try {
      const blob = await shrunk(file);
      const held = new DataTransfer();
      held.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
      if ((blob.size < file.size || !READ.includes(file.type)) && photo.files[0] === file) photo.files = held.files;
    } catch {
      // an old browser sends it as it is, and the server makes it small
    }
  });

  const where = document.getElementById("where");
  if (!where || !navigator.geolocation || !window.isSecureContext) return;
  const [field, button, status] = where.children;
  where.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const metres = Math.max(10, Math.ceil(coords.accuracy));
        field.value = [coords.latitude.toFixed(PLACES), coords.longitude.toFixed(PLACES), metres].join(",");
        status.textContent = `${where.dataset.got} ${metres} ${where.dataset.metres}`;
      },
      () => {
        field.value = "";
        status.textContent = where.dataset.not;
      },
      { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 60_000 },
    );
  });
})();
